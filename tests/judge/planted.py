"""Sessions with planted truth: what is drawn, and how far, is known to the test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perfproof.record import (
    SCHEMA,
    Benchmark,
    Commit,
    Environment,
    Fingerprint,
    Header,
    Plan,
    Sample,
    Session,
)

FloatArray = npt.NDArray[np.float64]

CALLS = 1000
YARDSTICK_NS = 500_000.0


def fingerprint(cpu_model: str = "Example CPU", logical_cores: int = 2) -> Fingerprint:
    return Fingerprint(
        cpu_model=cpu_model,
        logical_cores=logical_cores,
        memory_gib=8,
        machine="x86_64",
        system="Linux",
        kernel="6.1",
        libc="glibc 2.36",
        implementation="CPython",
        python_version="3.11.9",
        python_build="main",
    )


def header(session: str, *, machine: Fingerprint | None = None, commit: str = "a" * 40) -> Header:
    return Header(
        schema=SCHEMA,
        id=session,
        started="2026-01-01T00:00:00Z",
        tool_version="0.0",
        fingerprint=machine or fingerprint(),
        environment=Environment(),
        commit=Commit(hash=commit),
        plan=Plan(),
    )


def name(number: int) -> str:
    return f"benchmarks/test_it.py::test_{number}"


@dataclass(frozen=True)
class Scatter:
    """Standard deviations on the log scale.

    ``speed`` is the machine's mode, common to a session, its blocks and the yardstick.
    """

    session: float = 0.0
    own: float = 0.0
    process: float = 0.03
    block: float = 0.05
    speed: float = 0.0


def log_blocks(
    rng: np.random.Generator,
    scatter: Scatter,
    *,
    benchmarks: int,
    processes: int = 10,
    blocks: int = 12,
) -> FloatArray:
    """Log deviations of every block, shape (benchmarks, processes, blocks)."""
    shape = (benchmarks, processes, blocks)
    return (
        scatter.session * rng.normal()
        + scatter.own * rng.normal(size=(benchmarks, 1, 1))
        + scatter.process * rng.normal(size=(benchmarks, processes, 1))
        + scatter.block * rng.normal(size=shape)
    )


def session_of(
    deviations: FloatArray,
    *,
    identity: str = "s",
    seconds: float = 3e-6,
    speed: FloatArray | float | None = None,
    head: Header | None = None,
) -> Session:
    """A complete session whose blocks deviate from ``seconds`` a call as given.

    With ``speed`` (log, broadcast over the blocks) every block and its yardstick share it.
    """
    shared = np.broadcast_to(0.0 if speed is None else speed, deviations.shape)
    blocks_ns = np.rint(np.exp(deviations + shared) * seconds * CALLS * 1e9).astype(int)
    yards_ns = np.rint(np.exp(shared) * YARDSTICK_NS).astype(int)
    count = deviations.shape[2]
    samples = [
        Sample(
            benchmark=name(benchmark),
            process=process,
            calls=CALLS,
            block_ns=tuple(blocks_ns[benchmark, process].tolist()),
            yardstick_ns=(None if speed is None else tuple(yards_ns[benchmark, process].tolist())),
            order=tuple(range(count)),
            slot=(0,) * count,
        )
        for benchmark in range(deviations.shape[0])
        for process in range(deviations.shape[1])
    ]
    return Session(
        header=head or header(identity),
        benchmarks=tuple(
            Benchmark(id=name(n), name=f"test_{n}", runner="pyperf", source_hash="f" * 16)
            for n in range(deviations.shape[0])
        ),
        samples=tuple(samples),
        complete=True,
    )


def drawn(  # noqa: PLR0913 - what is planted, each with its default
    rng: np.random.Generator,
    scatter: Scatter,
    *,
    identity: str = "s",
    benchmarks: int = 1,
    processes: int = 10,
    blocks: int = 12,
    slower: FloatArray | float = 0.0,
) -> Session:
    """A session drawn by chance; ``slower`` is the planted log ratio, one a benchmark or one."""
    deviations = log_blocks(rng, scatter, benchmarks=benchmarks, processes=processes, blocks=blocks)
    planted = np.broadcast_to(slower, (benchmarks,))[:, None, None]
    return session_of(deviations + planted, identity=identity)
