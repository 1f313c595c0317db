"""What an open-loop load run saw: every request's latency, counted into bins."""

from __future__ import annotations

from typing import Literal

import msgspec

from perfproof.record.fingerprint import Environment, Fingerprint
from perfproof.record.session import Commit

__all__ = ["LOAD_SCHEMA", "Bins", "LoadHeader", "LoadRun", "LoadSession", "Offered"]

LOAD_SCHEMA = 1
"""Number of the format of a load session's file; a reader refuses one that it does not know."""


class Bins(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many values fell where; the bins that an HdrHistogram of three digits recorded.

    Attributes:
        upper_ns: Upper ends of the bins that hold anything, nanoseconds, growing.
        counts: How many are in each.
    """

    upper_ns: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if len(self.upper_ns) != len(self.counts):
            raise ValueError("as many counts as bins are needed")
        if any(count < 1 for count in self.counts):
            raise ValueError("a bin without values is not kept")
        if any(low >= high for low, high in zip(self.upper_ns, self.upper_ns[1:], strict=False)):
            raise ValueError("the bins must grow")

    @property
    def total(self) -> int:
        """Values in all bins."""
        return sum(self.counts)


class Offered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The load that was put on, whatever the system made of it.

    Attributes:
        rate: Requests a second over all connections.
        seconds: How long, from the first intended start to the last.
        connections: Connections that the requests go round.
        arrivals: How the intended starts are drawn.
        loop: ``open`` sends at the intended start whatever is outstanding; ``closed`` waits for
            the reply before, and is there to show what that hides.
        seed: Seed of the intended starts.
        timeout_seconds: A request without its reply for so long was not answered.
    """

    rate: float
    seconds: float
    connections: int
    arrivals: Literal["poisson", "constant"]
    loop: Literal["open", "closed"] = "open"
    seed: int
    timeout_seconds: float


class LoadRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One load put on one server, without its warm-up.

    Every request is in ``slices``: one that was refused, lost or not answered in time counts with
    the timeout, as it took at least that.

    Attributes:
        side: ``base`` or ``head``, where two are held against each other.
        round: Fresh servers a round, from 0.
        requests: How many were due.
        answered: How many got their reply in time.
        refused: How many got a reply that says no.
        late: How many had none within the timeout.
        lost: How many could not be sent or lost their connection.
        astray: Messages that came to another connection than that of their request or owner.
        missing: Events that answered requests should have had and that never came, at least.
        example: The first refusal, loss or message gone astray, in a few words.
        slices: Latency from the intended start, by equal slices of the time of intended starts.
        lateness: How long after its intended start the driver sent each request.
        elapsed_seconds: From the first intended start to the last reply.
        driver_cpu_seconds: CPU time of the driver meanwhile.
        steal_share: Share of CPU time that the host took away meanwhile, 0 to 1.
        hdr: All latencies as HdrHistogram's own compressed text, for other tools (nanoseconds).
    """

    offered: Offered
    requests: int
    answered: int
    refused: int
    late: int
    lost: int
    slices: tuple[Bins, ...]
    lateness: Bins
    elapsed_seconds: float
    astray: int = 0
    missing: int = 0
    driver_cpu_seconds: float | None = None
    steal_share: float | None = None
    side: Literal["base", "head"] | None = None
    round: int = 0
    example: str | None = None
    hdr: str | None = None

    def __post_init__(self) -> None:
        if self.requests != self.answered + self.refused + self.late + self.lost:
            raise ValueError("answered, refused, late and lost do not add up to the requests")
        if sum(each.total for each in self.slices) != self.requests:
            raise ValueError("the slices do not hold every request once")

    @property
    def failures(self) -> int:
        """Requests without the reply that was wanted."""
        return self.requests - self.answered

    @property
    def misdeeds(self) -> int:
        """What no share of failures allows: messages to a wrong user, events that never came."""
        return self.astray + self.missing


class LoadHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known before the first request; secrets of the scenario are not in it.

    Attributes:
        scenario: Name of the scenario's file.
        url: Where to, without user, query and fragment.
        base: What the base was called, where two versions were held against each other.
        head: What the head was called.
    """

    schema: int
    id: str
    started: str
    tool_version: str
    fingerprint: Fingerprint
    environment: Environment
    commit: Commit
    scenario: str
    url: str
    base: str | None = None
    head: str | None = None


class LoadSession(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that one ``perfproof load`` measured; the content of its file."""

    header: LoadHeader
    runs: tuple[LoadRun, ...] = ()
