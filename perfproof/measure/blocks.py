"""The worker's side of measuring: one benchmark, timed in blocks as the controller asks."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter_ns

from perfproof.errors import WorkerError
from perfproof.measure.accounting import cpu_ns, forget_peak_rss, peak_rss_bytes, preemptions
from perfproof.measure.channel import At, Blocks, Channel, Count, Leave, Measure, Prepare, Ready
from perfproof.measure.yardstick import yardstick_ns
from perfproof.record import Benchmark

__all__ = ["Subject", "serve"]

_MAX_CALLS = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A benchmark as the engine sees it.

    Attributes:
        benchmark: What it is.
        time_block: Nanoseconds that a number of calls took, measured around the calls alone.
        fixed_calls: Calls a block that the suite demands.
        fixed_blocks: Blocks that the suite demands; its calls are then not repeated further.
        inner: Calls that the suite makes at once; a block holds a whole number of such rounds.
        peak_bytes: Largest resident size of what is measured, where that is not this process.
        output_hash: Of what a command writes, where both sides must write the same.
        seen: Told of each measured block: calls, nanoseconds.
        elsewhere: Whether a call runs in a process of its own, of which nothing can be counted.
    """

    benchmark: Benchmark
    time_block: Callable[[int], int]
    fixed_calls: int | None = None
    fixed_blocks: int | None = None
    inner: int = 1
    peak_bytes: Callable[[], int | None] | None = None
    output_hash: str | None = None
    seen: Callable[[int, int], None] | None = None
    elsewhere: bool = False


def serve(channel: Channel, subject: Subject) -> None:
    """Stand at one benchmark and do what the controller asks, until it says ``Leave``.

    Whatever the benchmark itself raises passes through, to be reported by its suite.
    """
    # A collection inside a block is charged to whichever block is unlucky. What set-up left
    # is collected and frozen now; what the benchmark itself allocates stays collected.
    gc.collect()
    gc.freeze()
    forget_peak_rss()
    channel.send(
        At(
            benchmark=subject.benchmark,
            fixed_calls=subject.fixed_calls,
            fixed_blocks=subject.fixed_blocks,
            output_hash=subject.output_hash,
        )
    )
    while True:
        order = channel.receive_order()
        if isinstance(order, Prepare):
            channel.send(Ready(calls=_prepare(subject, order)))
        elif isinstance(order, Measure):
            channel.send(_measure(subject, order))
        elif isinstance(order, Count):
            from perfproof.measure.counts.loops import count_loops

            channel.send(count_loops(subject, order))
        elif isinstance(order, Leave):
            return
        else:
            raise WorkerError("the controller began a second suite in the middle of one")


def _prepare(subject: Subject, order: Prepare) -> int:
    if subject.fixed_calls is not None:
        return subject.fixed_calls
    until = perf_counter_ns() + order.warmup_ns
    calls = order.calls if order.calls is not None else _calibrate(subject, order.block_ns)
    while perf_counter_ns() < until:
        subject.time_block(calls)
    for _ in range(3):
        yardstick_ns()
    return calls


def _calibrate(subject: Subject, block_ns: int) -> int:
    """Calls that fill a block: doubled until they can be timed, then scaled once more.

    It warms up as well. One call that fills many blocks is not repeated.
    """
    calls = 1
    while True:
        elapsed = subject.time_block(calls)
        if elapsed >= block_ns:
            break
        if elapsed * 8 >= block_ns or calls >= _MAX_CALLS:
            calls = max(1, round(calls * block_ns / max(1, elapsed)))
            break
        calls *= 2
    if calls == 1 and elapsed >= 4 * block_ns:
        return 1
    # The first calls were cold: what fills a block is asked once more of warm ones.
    elapsed = max(1, subject.time_block(calls))
    return max(1, round(calls * min(4.0, block_ns / elapsed)))


def _measure(subject: Subject, order: Measure) -> Blocks:
    blocks: list[int] = []
    yards: list[int] = [yardstick_ns()] if order.beside else []
    preempted: list[int | None] = []
    used: list[int] = []
    deadline = perf_counter_ns() + order.limit_ns
    while len(blocks) < order.count:
        if len(blocks) >= 2 and perf_counter_ns() > deadline:
            break
        before = preemptions()
        used_before = cpu_ns()
        elapsed = subject.time_block(order.calls)
        used.append(max(0, cpu_ns() - used_before))
        preempted.append(None if before is None else (preemptions() or before) - before)
        if order.beside:
            yards.append(yardstick_ns())
        blocks.append(elapsed)
        if order.told and subject.seen is not None:
            subject.seen(order.calls, elapsed)
    return Blocks(
        block_ns=tuple(blocks),
        yardstick_ns=tuple((a + b + 1) // 2 for a, b in pairwise(yards)),
        preemptions=tuple(each for each in preempted if each is not None) or None,
        peak_rss_bytes=subject.peak_bytes() if subject.peak_bytes else peak_rss_bytes(),
        cpu_ns=tuple(used),
    )
