"""What became of the clients of one cold start, and what of it is a fault."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from benchmarks.golden.client import Client
from benchmarks.golden.conversation import Timing

INTERNAL_ERROR: Final = 1011
_TOO_EARLY: Final = 503


class Fate(StrEnum):
    """What became of one client; thrown out is let in and closed with 1011 before any welcome."""

    UNOPENED = "nobody listened"
    REFUSED = "refused"
    ACCEPTED = "accepted"
    THROWN_OUT = "thrown out"
    BROKEN = "broken"


@dataclass(slots=True)
class Knock:
    """One client.

    Attributes:
        at: When it came, by `perf_counter`.
        fate: What became of it.
        answered_at: When that was known.
        status: HTTP status of a refusal.
        retry_after: Its header of that name.
        said: What else is to be said of it.
        client: The connection, when it was let in.
    """

    at: float
    fate: Fate = Fate.BROKEN
    answered_at: float = 0.0
    status: int | None = None
    retry_after: str | None = None
    said: str = ""
    client: Client | None = None


@dataclass(slots=True)
class Start:
    """What one start showed.

    Attributes:
        knocks: Every client, in the order in which they came.
        accepted_seconds: From the start of the process to the first welcome; None without one.
        first_event_seconds: From the start of the process to the first event.
        timing: Of the whole conversation, when it was faultless.
        codes: With which code each connection that was let in was ended; None is no code.
        faults: What was wrong; a good start has none.
        held: Whether its database was kept from the server at first.
    """

    knocks: list[Knock] = field(default_factory=list)
    accepted_seconds: float | None = None
    first_event_seconds: float | None = None
    timing: Timing | None = None
    codes: list[int | None] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    held: bool = False

    def count(self, fate: Fate) -> int:
        """Return how many clients had this fate."""
        return sum(knock.fate is fate for knock in self.knocks)

    @property
    def closed_with_1011(self) -> int:
        """Connections that were let in and then closed with 1011."""
        return self.codes.count(INTERNAL_ERROR)


def faults_of(knocks: list[Knock]) -> Iterator[str]:
    """Tell what was wrong with how clients were treated, apart from how connections ended.

    Refused is right only with 503 and Retry-After, and only as long as nobody was let in; nobody
    listens only as long as nobody was answered.
    """
    accepted = [knock.answered_at for knock in knocks if knock.fate is Fate.ACCEPTED]
    answered = [knock.answered_at for knock in knocks if knock.fate is not Fate.UNOPENED]
    if not accepted:
        yield f"nobody was let in ({len(knocks)} clients came)"
    for knock in knocks:
        if knock.fate is Fate.BROKEN:
            yield f"a client was neither let in nor refused: {knock.said}"
        elif knock.fate is Fate.UNOPENED and answered and knock.at > min(answered):
            yield "nobody listened any more after somebody had been answered"
        elif knock.fate is Fate.REFUSED and not refused_well(knock):
            yield f"refused with {knock.status}, Retry-After {knock.retry_after}: {knock.said}"
        elif knock.fate is Fate.REFUSED and accepted and knock.at > min(accepted):
            yield "a client was refused after another had been let in"


def refused_well(knock: Knock) -> bool:
    """Whether it was told to come again, and when: 503 with Retry-After in whole seconds."""
    return knock.status == _TOO_EARLY and str(knock.retry_after).isdecimal()
