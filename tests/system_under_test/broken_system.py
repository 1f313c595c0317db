"""A module that is no system, to be refused by `load_system`."""

unique_id = "not a function"


def create_tracker() -> None:
    """There, and callable: not missed."""
