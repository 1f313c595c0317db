"""Time spent for nothing, as a slow piece of code spends it."""

from time import perf_counter, sleep


def spend(seconds: float) -> None:
    """Keep the processor busy for so long."""
    until = perf_counter() + seconds
    while perf_counter() < until:
        pass


def wait(seconds: float) -> None:
    """Do nothing for so long."""
    sleep(seconds)
