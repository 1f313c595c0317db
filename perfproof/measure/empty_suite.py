"""What `doctor` measures to tell what the loop itself costs: nothing, as any user's test."""

from collections.abc import Callable


def nothing() -> None:
    """All of the figure is the loop around it, and the call."""


def test_nothing(benchmark: Callable[[Callable[[], None]], object]) -> None:
    """Its figure is what every other one holds beside its own work."""
    benchmark(nothing)
