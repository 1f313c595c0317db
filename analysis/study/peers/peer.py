"""What every peer is asked, and answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["Called", "Peer"]


@dataclass(frozen=True, slots=True)
class Called:
    """What one rule of a peer says of one benchmark.

    Attributes:
        rule: As its documentation writes it.
        benchmark: As in ``json-small``.
        slower: Whether it is called slower.
        ratio: Head over base as the peer saw it.
    """

    rule: str
    benchmark: str
    slower: bool
    ratio: float


class Peer(Protocol):
    """A tool that tells whether a version is slower than the base."""

    @property
    def name(self) -> str:
        """As its users call it."""
        ...

    def prepare(self, until: float) -> None:
        """What is done once for a project; not part of the seconds of a verdict.

        Args:
            until: Monotonic seconds.

        Raises:
            MachineryError: The peer cannot be had.
        """
        ...

    def compare(self, scenario: str, until: float) -> list[Called]:
        """The base against a version, measured anew.

        Args:
            scenario: Tag of the version.
            until: Monotonic seconds, at which everything is ended.

        Raises:
            MachineryError: It came to no verdict, or to one that its exit code belies.
        """
        ...
