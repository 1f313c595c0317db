"""Every probe, what it tries, and how often."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from random import Random
from typing import Final, cast

from benchmarks.probes.trial import Trial
from system_under_test.protocol import ReferenceSystem

Trials = Callable[[ReferenceSystem, Random, int], Iterator[Trial]]


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe: the module of its name offers `trials(system, chance, count)`.

    Attributes:
        module: Its file, without the ending.
        tries: What a trial is.
        count: Trials unless told otherwise; an enumeration has as many as there is to enumerate.
    """

    module: str
    tries: str
    count: int

    def load(self) -> Trials:
        """Import it."""
        return cast(Trials, import_module(f"benchmarks.probes.{self.module}").trials)


PROBES: Final[Mapping[str, Probe]] = {
    "bridge-start": Probe("bridge_start", "a new bridge, among busy ones", 6_000),
    "context": Probe("context", "somebody tries to change a context or to use another's", 3_000),
    "documentation": Probe("documentation", "a public name or method says what it does", 1),
    "events": Probe("events", "a run with its five events, some sent out of order", 3_000),
    "factory": Probe("factory", "two managers from the async factory", 6_000),
    "integration": Probe("integration", "a bridge goes through its states", 1_100),
    "isolation": Probe("isolation", "25 random steps of several users", 6_000),
    "lifecycle": Probe("lifecycle", "40 random steps of a tracker and its clock", 3_000),
    "memory": Probe("memory", "100 runs on components that have worked for long", 60),
    "placeholders": Probe("placeholders", "a context with one bad id, or none", 6_000),
    "recovery": Probe("recovery", "a user leaves, misses events and comes back", 6_000),
    "redaction": Probe("redaction", "a random payload with secrets in it", 6_000),
    "registry": Probe("registry", "an import path that was published", 1),
    "retention": Probe("retention", "an execution ends, and an old one must be forgotten", 20_000),
    "transitions": Probe("transitions", "one of 81 moves from a state to another", 81 * 75),
}
