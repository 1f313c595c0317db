"""What is compared next: drawn by chance as much as is lacking, and only what still fits."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["PEER_SHARES", "SCENARIO_SHARES", "Agenda", "Cell"]

SCENARIO_SHARES = {"identical": 0.6, "grown_3": 0.4 / 3, "grown_5": 0.4 / 3, "grown_10": 0.4 / 3}

PEER_SHARES = {"pytest-benchmark": 0.3, "pyperf": 0.4, "asv": 0.3}
"""pyperf gives fewest verdicts for its time."""

_FIRST_GUESS_SECONDS = 45.0
_FAILURES_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """One comparison."""

    peer: str
    scenario: str
    loaded: bool


@dataclass(slots=True)
class Agenda:
    """What was done, and so what is next.

    Attributes:
        peers: Names of those that take part.
        seconds: For everything.
        draw: Chance of the order.
    """

    peers: list[str]
    seconds: float
    draw: random.Random
    _spent: defaultdict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    _loaded: defaultdict[tuple[str, str], list[bool]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _longest: dict[str, float] = field(default_factory=dict)
    _failures: Counter[str] = field(default_factory=Counter)

    def following(self, left: float) -> Cell | None:
        """The next comparison that should fit into the seconds that are left; ``None`` at the end.

        Of each peer and scenario as many run beside the load as alone.
        """
        cells = [
            (peer, scenario)
            for peer in self.peers
            if self._longest.get(peer, _FIRST_GUESS_SECONDS) <= left
            for scenario in SCENARIO_SHARES
        ]
        if not cells:
            return None
        peer, scenario = self.draw.choices(cells, self._weights(cells))[0]
        past = self._loaded[peer, scenario]
        balance = 2 * sum(past) - len(past)
        loaded = self.draw.random() < 0.5 if balance == 0 else balance < 0
        return Cell(peer, scenario, loaded)

    def done(self, cell: Cell, seconds: float, *, failed: bool) -> None:
        """Take note of a comparison; a peer that fails three times in a row is left out."""
        key = cell.peer, cell.scenario
        self._spent[key] += seconds
        self._longest[cell.peer] = max(self._longest.get(cell.peer, 0.0), seconds)
        if not failed:
            self._loaded[key].append(cell.loaded)
        self._failures[cell.peer] = self._failures[cell.peer] + 1 if failed else 0
        if self._failures[cell.peer] == _FAILURES_IN_A_ROW:
            self.peers.remove(cell.peer)

    def _weights(self, cells: Sequence[tuple[str, str]]) -> list[float]:
        whole = sum(PEER_SHARES.get(each, 1.0) for each in self.peers)
        shares = [PEER_SHARES.get(peer, 1.0) / whole * SCENARIO_SHARES[sc] for peer, sc in cells]
        lacking = [
            max(0.0, self.seconds * share - self._spent[cell])
            for share, cell in zip(shares, cells, strict=True)
        ]
        # What is left at the end, when all have had their share, goes by the shares alone.
        return lacking if any(lacking) else shares
