"""Sessions of duels by hand: the truth of each pair is planted."""

from __future__ import annotations

import random
from collections.abc import Iterable

import msgspec

from perfproof.record import Benchmark, Duel, Part, Sample, Session, Side, Trouble
from tests.store.sessions import header

ASKED = Duel(
    base="b" * 40,
    base_name="main",
    head="c" * 40,
    head_name="working tree",
    margin=0.1,
    alpha=0.01,
    most_pairs=20,
    fixed=False,
    quads=1,
    cores=(),
    lanes=1,
)
MIB = 1 << 20


def pairs(  # noqa: PLR0913 - what is planted in a pair
    benchmark: str,
    numbers: Iterable[int],
    *,
    slower: float = 1.0,
    larger: float = 1.0,
    part: Part = "duel",
    weighed: bool = True,
    cpu: float | None = None,
) -> list[Sample]:
    """Two samples for each number; scatter of 0.2 % between pairs, in time and in memory.

    Args:
        cpu: CPU time of the head over that of the base; ``None`` where it was not taken.
    """
    samples = []
    for number in numbers:
        chance = random.Random(f"{benchmark} {number} {part}")
        for side in ("base", "head"):
            drawn = chance.lognormvariate(0, 0.002)
            time, size = (slower, larger) if side == "head" else (1.0, 1.0)
            sample = _sample(
                benchmark,
                number,
                side,
                part,
                round(3_000_000 * time * drawn),
                round(60 * MIB * size * drawn) if weighed else None,
            )
            if cpu is not None:
                used = round(2_000_000 * (cpu if side == "head" else 1.0) * drawn)
                sample = msgspec.structs.replace(sample, cpu_ns=(used, used))
            samples.append(sample)
    return samples


def _sample(  # noqa: PLR0913, PLR0917 - a sample has as many parts
    benchmark: str, process: int, side: Side, part: Part, block_ns: int, peak: int | None
) -> Sample:
    slots = (0, 3) if side == "base" else (1, 2)
    return Sample(
        benchmark=benchmark,
        process=process,
        calls=10,
        block_ns=(block_ns, block_ns),
        order=slots,
        slot=slots,
        side=side,
        part=part,
        peak_rss_bytes=peak,
    )


def session(
    *samples: list[Sample],
    troubles: tuple[Trouble, ...] = (),
    complete: bool = True,
    asked: Duel | None = ASKED,
    programs: tuple[str, ...] = (),
) -> Session:
    """The file of a duel that holds these pairs."""
    flat = tuple(sample for group in samples for sample in group)
    known = sorted({sample.benchmark for sample in flat})
    return Session(
        header=msgspec.structs.replace(header(), duel=asked),
        benchmarks=tuple(
            Benchmark(id=each, name=each, runner="pyperf", program=each in programs)
            for each in known
        ),
        samples=flat,
        troubles=troubles,
        complete=complete,
    )
