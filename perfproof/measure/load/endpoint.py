"""What every endpoint offers the driver, and what is asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from perfproof.measure.load.scenario import Scenario, filled

__all__ = ["Asking", "Endpoint"]


class Endpoint(Protocol):
    """Where requests go; their fate is written into the ledger that it was made with."""

    async def open(self) -> None:
        """Open what must be open before the first request.

        Raises:
            UseError: It cannot be opened.
        """

    def ask(self, numbers: Sequence[int]) -> None:
        """Send these requests now and return at once."""

    def missing(self) -> int:
        """Events that answered requests should have had and that did not come so far."""

    async def close(self) -> None:
        """Close everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A scenario with its placeholders filled in.

    Attributes:
        scenario: What the user wrote.
        values: Value of ``{port}`` and ``{checkout}``.
        tokens: One a connection; empty where none are used.
        run: Eight hexadecimal digits, new for each run: begins every id.
    """

    scenario: Scenario
    values: dict[str, str]
    tokens: tuple[str, ...]
    run: str

    @property
    def connections(self) -> int:
        """How many connections requests go round."""
        return self.scenario.connections

    @property
    def answered(self) -> str:
        """Text of the reply that ends a request."""
        return self.scenario.answered

    @property
    def refused(self) -> str | None:
        """Text of a reply that says no."""
        return self.scenario.refused

    @property
    def timeout_seconds(self) -> float:
        """How long a request, or a handshake, is waited for."""
        return self.scenario.timeout_seconds

    @property
    def has_id(self) -> bool:
        """Whether replies are told apart by the request's id."""
        return "{id}" in self.scenario.message

    @property
    def shown_url(self) -> str:
        """The url as messages may show it."""
        return filled(self.scenario.shown_url, self.values)

    def url(self, connection: int) -> str:
        """The url of one connection."""
        return filled(self.scenario.url, self._of(connection))

    def headers(self, connection: int) -> dict[str, str]:
        """The headers of one connection."""
        of = self._of(connection)
        return {name: filled(value, of) for name, value in self.scenario.headers.items()}

    def message(self, number: int) -> str:
        """What request ``number`` says."""
        of = {"id": f"{self.run}{number:08x}", "connection": str(number % self.connections)}
        return filled(self.scenario.message, of)

    def around_id(self, connection: int) -> list[str]:
        """What a connection's message says before, between and after its ids."""
        told = filled(self.scenario.message, {"connection": str(connection)})
        return told.split("{id}")

    def _of(self, connection: int) -> dict[str, str]:
        token = {"token": self.tokens[connection % len(self.tokens)]} if self.tokens else {}
        return {**self.values, "connection": str(connection), **token}
