"""Probes run in this process, with a fixed seed and few trials."""

from __future__ import annotations

from random import Random

import pytest

from benchmarks.driving import in_running_loop
from benchmarks.probes.table import PROBES
from benchmarks.probes.trial import Count, count
from benchmarks.servers import Unavailable
from system_under_test.protocol import load_system

# As few trials as let each sabotage be seen for certain with this seed.
FEW = {"lifecycle": 1_500, "retention": 8_000, "memory": 20, "integration": 60, "context": 120}
# Each trial is a real error, awaited; as many as let each case come twice.
FEW |= {"database": 25, "connection-loss": 17, "outbox": 42}
FEW |= {"golden-path": 20, "handshakes": 24, "tokens": 39}
FEW |= {"relay": 40, "supervisor": 64, "link-loss": 1}
SEED = 7
FIRST_VERSION = "benchmarks.peers.first_version"


def trials_of(name: str, system: str) -> int:
    """As many as `counted` asks for; an enumeration has more."""
    if (name, system) == ("memory", FIRST_VERSION):
        # It takes seconds to settle; `python -m benchmarks.probes memory` tries it longer.
        return 2
    return min(PROBES[name].count, FEW.get(name, 400))


def counted(name: str, system: str) -> Count:
    probe = PROBES[name]
    trials = probe.load()(
        load_system(system, PROBES[name].parts), Random(SEED), trials_of(name, system)
    )
    try:
        return in_running_loop(lambda: count(trials))
    except Unavailable as missing:
        pytest.skip(str(missing))
