"""The workloads as a suite of asv."""

from workloads.catalogue import CATALOGUE, SIZES  # type: ignore[import-not-found]


class Workload:
    """Every workload in both sizes."""

    params = (list(CATALOGUE), list(SIZES))
    param_names = ("name", "size")

    def setup(self, name: str, size: str) -> None:
        """Prepare, outside the time."""
        self.function = CATALOGUE[name].sized(size)

    def time_call(self, _name: str, _size: str) -> None:
        """What is timed."""
        self.function()
