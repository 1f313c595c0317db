"""Connections that are terminated, cut, refused or fall silent: each is told as a lost connection.

And what comes after it works.
"""

from collections.abc import Iterator
from random import Random

from benchmarks.connection_faults import LOSSES
from benchmarks.probes.database import trials_of
from benchmarks.probes.trial import Trial
from system_under_test.protocol import ReferenceSystem


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial loses one connection; every way comes equally often."""
    yield from trials_of(LOSSES, system, chance, count)
