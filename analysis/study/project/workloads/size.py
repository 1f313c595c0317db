"""How much work there is: every workload is a number of equal units."""

GROWTH_PERCENT = 0


def units(count: int) -> int:
    """The units that a workload does for ``count``, a multiple of 100, so that growth is exact."""
    return count * (100 + GROWTH_PERCENT) // 100
