"""From a ledger to a record; the one file of the tool that knows hdrhistogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]

from perfproof.measure.load.ledger import Fate, Ledger
from perfproof.record.load import Bins, LoadRun, Offered

__all__ = ["SLICES", "Circumstances", "recorded"]

SLICES = 20
"""Equal parts of a run whose scatter tells how far requests hang together."""

_LOWEST_NS = 1000
_DIGITS = 3
# Two thousand steps tell three digits apart.
_BIN_BITS = 11
_Times = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What else is known of a run when it is over."""

    elapsed_seconds: float
    driver_cpu_seconds: float
    steal_share: float | None


def recorded(ledger: Ledger, offered: Offered, circumstances: Circumstances) -> LoadRun:
    """The record of a run.

    A request that was not answered within the timeout counts with the timeout; in a closed loop
    the clock starts when it was sent, which is what such a loop sees.
    """
    due = ledger.due_ns
    sent = np.array(ledger.sent_ns, dtype=np.int64)
    timeout_ns = int(offered.timeout_seconds * 1e9)
    start = due if offered.loop == "open" else np.where(sent > 0, sent, due)
    took = np.array(ledger.done_ns, dtype=np.int64) - start
    fate = np.array(ledger.fate, dtype=np.int64)
    answered = (fate == Fate.ANSWERED) & (took <= timeout_ns)
    refused, lost = fate == Fate.REFUSED, fate == Fate.LOST
    latency = np.where(answered, took, timeout_ns)
    never_sent = sent == 0
    lateness = np.maximum(np.where(never_sent, timeout_ns, sent - due), 0)
    place = _slice_of(due, offered.seconds)
    histogram = _histogram(latency, timeout_ns)
    return LoadRun(
        offered=offered,
        requests=len(due),
        answered=int(answered.sum()),
        refused=int(refused.sum()),
        late=int((~answered & ~refused & ~lost).sum()),
        lost=int(lost.sum()),
        astray=ledger.astray,
        missing=ledger.missing,
        example=ledger.example,
        slices=tuple(_bins(latency[place == each], timeout_ns) for each in range(SLICES)),
        lateness=_bins(lateness, timeout_ns),
        elapsed_seconds=circumstances.elapsed_seconds,
        driver_cpu_seconds=circumstances.driver_cpu_seconds,
        steal_share=circumstances.steal_share,
        hdr=histogram.encode().decode(),
    )


def _slice_of(due: _Times, seconds: float) -> _Times:
    since = (due - due[0]) / max(1.0, seconds * 1e9)
    found: _Times = np.clip((since * SLICES).astype(np.int64), 0, SLICES - 1)
    return found


def _histogram(values_ns: _Times, most_ns: int) -> HdrHistogram:
    histogram = HdrHistogram(_LOWEST_NS, max(4 * _LOWEST_NS, 2 * most_ns), _DIGITS)
    for value, count in zip(*np.unique(values_ns, return_counts=True), strict=True):
        histogram.record_value(min(int(value), 2 * most_ns), int(count))
    return histogram


def _bins(values_ns: _Times, most_ns: int) -> Bins:
    """The bins that ``_histogram`` would give, without its walk through all that are empty.

    A value's bin has a width of the power of two that leaves it eleven bits, and at least the
    power of two under the lowest value told apart (HdrHistogram's own layout).
    """
    if not len(values_ns):
        return Bins()
    values = np.minimum(values_ns, 2 * most_ns)
    floor = _LOWEST_NS.bit_length() - 1
    _, bits = np.frexp(np.maximum(values, 1).astype(np.float64))
    width = np.maximum(bits - _BIN_BITS, floor).astype(np.int64)
    upper, counts = np.unique((((values >> width) + 1) << width) - 1, return_counts=True)
    return Bins(upper_ns=tuple(upper.tolist()), counts=tuple(counts.tolist()))
