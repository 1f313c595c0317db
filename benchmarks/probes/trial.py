"""Trials counted: what was tried, what failed, and the first that did."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Trial = Callable[[], None]
"""Tries one thing; raises `Wrong`, or whatever the system raises, when it does not hold."""

_SHOWN_CHARACTERS = 300


class Wrong(Exception):  # noqa: N818 - it says what was seen of a system; nothing erred here
    """The system did what it must not do."""


@dataclass(slots=True)
class Count:
    """What a probe counted.

    Attributes:
        trials: Things tried.
        failures: How many of them failed.
        example: The first that failed.
    """

    trials: int = 0
    failures: int = 0
    example: str | None = None


def count(trials: Iterable[Trial]) -> Count:
    """Try everything; a trial in which the system raises has failed like any other."""
    counted = Count()
    for trial in trials:
        counted.trials += 1
        try:
            trial()
        except Exception as exc:  # whatever the system raises unasked is a failure of the trial
            counted.failures += 1
            counted.example = counted.example or _said(exc)
    return counted


def _said(exc: Exception) -> str:
    said = str(exc) if isinstance(exc, Wrong) else f"{type(exc).__name__}: {exc}"
    return " ".join(said.split())[:_SHOWN_CHARACTERS]


def expect_refusal(refusal: type[Exception], act: Callable[[], object], what: str) -> None:
    """Do what must be refused.

    Raises:
        Wrong: It was not.
    """
    try:
        act()
    except refusal:
        return
    raise Wrong(f"{what} was not refused")
