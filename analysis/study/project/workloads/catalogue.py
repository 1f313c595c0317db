"""Every workload by name, with its two sizes."""

from collections.abc import Callable
from typing import NamedTuple

from .allocating import prepare_allocation
from .arrays import prepare_numpy
from .calling import prepare_arithmetic, prepare_attributes, prepare_calls
from .storing import prepare_sqlite
from .texts import prepare_json, prepare_matching, prepare_strings
from .waiting import prepare_gather


class Workload(NamedTuple):
    """What prepares the function to time, and its counts of units; multiples of 100."""

    prepare: Callable[[int], Callable[[], object]]
    small: int
    large: int

    def sized(self, size: str) -> Callable[[], object]:
        """The function to time, ``small`` or ``large``."""
        return self.prepare({"small": self.small, "large": self.large}[size])


SIZES = ("small", "large")

CATALOGUE = {
    "arithmetic": Workload(prepare_arithmetic, 100, 10_000),
    "calls": Workload(prepare_calls, 100, 3_000),
    "attributes": Workload(prepare_attributes, 100, 1_000),
    "json": Workload(prepare_json, 100, 2_000),
    "matching": Workload(prepare_matching, 100, 1_000),
    "strings": Workload(prepare_strings, 100, 10_000),
    "sqlite": Workload(prepare_sqlite, 100, 1_000),
    "gather": Workload(prepare_gather, 100, 1_000),
    "allocation": Workload(prepare_allocation, 100, 3_000),
    "numpy": Workload(prepare_numpy, 2_000, 10_000),
}
