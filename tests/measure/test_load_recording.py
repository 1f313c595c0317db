"""Values fall into the bins of HdrHistogram, the library, whatever makes them."""

from __future__ import annotations

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]

from perfproof.measure.load.ledger import Fate, Ledger
from perfproof.measure.load.recording import Circumstances, recorded
from perfproof.record.load import Offered


@pytest.mark.parametrize("timeout", [0.01, 20.0, 3600.0])
def test_the_bins_are_those_of_the_library(timeout: float) -> None:
    most_ns = int(timeout * 1e9)
    edges = [0, 1, 511, 512, 999, 1000, most_ns, *(2**n + d for n in range(40) for d in (-1, 0))]
    drawn = np.random.default_rng(1).lognormal(16, 2, 2000).astype(np.int64)
    took = [each for each in [*edges, *drawn.tolist()] if each <= most_ns]
    ledger = Ledger(np.full(len(took), 10**12, dtype=np.int64))
    for number, each in enumerate(took):
        ledger.sent_ns[number] = 10**12
        ledger.done_ns[number] = 10**12 + each
        ledger.fate[number] = Fate.ANSWERED
    offered = Offered(
        rate=1, seconds=1, connections=1, arrivals="constant", seed=1, timeout_seconds=timeout
    )
    none = Circumstances(elapsed_seconds=1, driver_cpu_seconds=0, steal_share=None)
    run = recorded(ledger, offered, none)

    theirs = HdrHistogram(1000, 2 * most_ns, 3)
    for each in took:
        theirs.record_value(each)
    found = [
        (int(item.value_iterated_to), int(item.count_at_value_iterated_to))
        for item in theirs.get_recorded_iterator()
    ]
    # All were due at once, so they are in one slice.
    (held,) = [each for each in run.slices if each.total]
    assert list(zip(held.upper_ns, held.counts, strict=True)) == found
    assert run.hdr is not None
    assert HdrHistogram.decode(run.hdr).get_total_count() == len(took)
