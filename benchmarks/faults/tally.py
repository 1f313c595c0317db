"""Promises and how often each was kept."""

import msgspec


class Kept(msgspec.Struct):
    """How often one promise could have been broken, and was.

    Attributes:
        trials: How often it was put to the test.
        failures: How often it was broken.
        example: The first time in words, or None.
    """

    trials: int = 0
    failures: int = 0
    example: str | None = None


class Tally:
    """Promises by name, in the order in which they were first tested."""

    def __init__(self, expected: tuple[str, ...] = ()) -> None:
        self.promises: dict[str, Kept] = {name: Kept() for name in expected}

    def hold(self, promise: str, kept: object, example: str = "") -> None:
        """Count one test of a promise.

        Args:
            promise: Its name.
            kept: True when it was kept.
            example: What happened, in case it was not.
        """
        entry = self.promises.setdefault(promise, Kept())
        entry.trials += 1
        if not kept:
            entry.failures += 1
            entry.example = entry.example or example

    def absorb(self, other: "Tally") -> None:
        """Take over what was counted elsewhere."""
        for promise, kept in other.promises.items():
            entry = self.promises.setdefault(promise, Kept())
            entry.trials += kept.trials
            entry.failures += kept.failures
            entry.example = entry.example or kept.example

    def broken(self) -> list[str]:
        """Return the names of promises that were broken."""
        return [name for name, entry in self.promises.items() if entry.failures]

    def untested(self) -> list[str]:
        """Return the names of promises that were never put to the test."""
        return [name for name, entry in self.promises.items() if not entry.trials]
