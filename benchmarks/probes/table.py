"""Every probe, what it tries, and how often."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from random import Random
from typing import Final, cast

from benchmarks.probes.trial import Trial
from system_under_test.protocol import CORE, ReferenceSystem

Trials = Callable[[ReferenceSystem, Random, int], Iterator[Trial]]


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe: the module of its name offers `trials(system, chance, count)`.

    Attributes:
        module: Its file, without the ending.
        tries: What a trial is.
        count: Trials unless told otherwise; an enumeration has as many as there is to enumerate.
        parts: What a system must offer for it, keys of `PARTS` in `system_under_test.protocol`.
    """

    module: str
    tries: str
    count: int
    parts: Sequence[str] = CORE

    def load(self) -> Trials:
        """Import it."""
        return cast(Trials, import_module(f"benchmarks.probes.{self.module}").trials)


DATABASE: Final = ("identity", "database")
AGENT: Final = ("identity", "context", "tracker", "manager", "bridge", "events", "agent")
RELAY: Final = ("identity", "relay")
LINK: Final = ("identity", "bridge", "relay")
# What a server is made of.
SERVER: Final = (
    "identity",
    "context",
    "tracker",
    "manager",
    "bridge",
    "events",
    "tokens",
    "database",
    "agent",
    "server",
)

PROBES: Final[Mapping[str, Probe]] = {
    "bridge-start": Probe("bridge_start", "a new bridge, among busy ones", 6_000),
    "connection-loss": Probe(
        "connection_loss", "a connection to a real PostgreSQL is cut", 193, DATABASE
    ),
    "context": Probe("context", "somebody tries to change a context or to use another's", 3_000),
    "database": Probe("database", "a real error of PostgreSQL or SQLite", 199, DATABASE),
    "documentation": Probe("documentation", "a public name or method says what it does", 1),
    "events": Probe("events", "a run with its five events, some sent out of order", 3_000),
    "factory": Probe("factory", "two managers from the async factory", 6_000),
    "golden-path": Probe("golden", "two users talk over real sockets", 400, SERVER),
    "handshakes": Probe("handshakes", "a user comes in time, early, or often", 800, SERVER),
    "integration": Probe("integration", "a bridge goes through its states", 1_100),
    "isolation": Probe("isolation", "25 random steps of several users", 6_000),
    "lifecycle": Probe("lifecycle", "40 random steps of a tracker and its clock", 3_000),
    "link-loss": Probe("link", "Redis is killed and started again", 30, LINK),
    "memory": Probe("memory", "100 runs on components that have worked for long", 60),
    "outbox": Probe("outbox", "a transaction that queues events and may fail", 200, DATABASE),
    "placeholders": Probe("placeholders", "a context with one bad id, or none", 6_000),
    "recovery": Probe("recovery", "a user leaves, misses events and comes back", 6_000),
    "redaction": Probe("redaction", "a random payload with secrets in it", 6_000),
    "registry": Probe("registry", "an import path that was published", 1),
    "relay": Probe("relay", "a user moves between three nodes and is sent to", 400, RELAY),
    "retention": Probe("retention", "an execution ends, and an old one must be forgotten", 20_000),
    "supervisor": Probe("supervisor", "a message; an agent fails, hangs, ends", 640, AGENT),
    "tokens": Probe("tokens", "a bad token or another user's name", 1_040, SERVER),
    "transitions": Probe("transitions", "one of 81 moves from a state to another", 81 * 75),
}
