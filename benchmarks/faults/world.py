"""What the users, the pests and the conductor of a fault run share."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from random import Random
from typing import Any, Final

from benchmarks.faults.client import Address, Refused
from benchmarks.faults.ledger import Ledger

_LATER: Final = frozenset({429, 503})
_numbers: Final = count(1)


class World:
    """Where the nodes are, what was seen, and whether something is being broken right now.

    Args:
        addresses: Of the nodes; they stay the same over restarts.
        token: Returns a good token of a user.
        chance: Draws everything.
    """

    def __init__(
        self, addresses: Sequence[Address], token: Callable[[str], str], chance: Random
    ) -> None:
        self.addresses = tuple(addresses)
        self.token = token
        self.chance = chance
        self.ledger = Ledger()
        self.stopping = asyncio.Event()
        # How often each thing was done, and how often each thing happened.
        self.done: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        # The most that each queue of a server ever held.
        self.most: Counter[str] = Counter()
        # What each node said last of its events: taken, written, waiting, dropped by reason.
        self.events: dict[str, Mapping[str, Any]] = {}
        self._breaking = 0
        self._epoch = 0

    def begin_breaking(self) -> None:
        """Say that a server is about to be stopped, killed or restarted."""
        self._breaking += 1
        self._epoch += 1

    def end_breaking(self) -> None:
        """Say that it is back."""
        self._breaking -= 1
        self._epoch += 1

    @property
    def epoch(self) -> int | None:
        """A number that changes when something is broken or mended; None meanwhile."""
        return None if self._breaking else self._epoch

    def somebody(self, kind: str) -> str:
        """Return a user that nobody was yet; `kind` is of lower-case letters."""
        return f"{kind}-{next(_numbers)}"

    def people(self) -> int:
        """Return a bound on how many users there have been beside those that behave."""
        return next(_numbers)

    def hold(self, promise: str, kept: object, example: str = "") -> None:
        """Count one test of a promise."""
        self.ledger.tally.hold(promise, kept, example)

    def hold_refusal(self, what: str, refused: Refused) -> None:
        """Hold a refusal to having a reason, and to saying when to come back if that helps."""
        reasoned = bool(refused.reason) and (refused.status not in _LATER or refused.retry_after)
        self.hold("refused without reason", reasoned, f"{what}: {refused}")
        self.seen[f"HTTP {refused.status}"] += 1

    def absorb(self, other: "World") -> None:
        """Take over what was counted in another world."""
        self.seen.update(other.seen)
        self.ledger.tally.absorb(other.ledger.tally)

    async def rest(self, seconds: float) -> None:
        """Wait, but not beyond the end."""
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        except TimeoutError:
            pass
