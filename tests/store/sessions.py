"""Sessions by chance, and one by hand."""

from __future__ import annotations

from hypothesis import strategies as st

from perfproof.record import (
    SCHEMA,
    Benchmark,
    Commit,
    Environment,
    Fingerprint,
    Header,
    Parameter,
    Plan,
    Sample,
    Session,
    Trouble,
)

MACHINE = Fingerprint(
    cpu_model="Example CPU",
    logical_cores=2,
    memory_gib=8,
    machine="x86_64",
    system="Linux",
    kernel="6.1",
    libc="glibc 2.36",
    implementation="CPython",
    python_version="3.11.9",
    python_build="main",
)


def header(identity: str = "s", *, started: str = "2026-01-01T00:00:00Z") -> Header:
    return Header(
        schema=SCHEMA,
        id=identity,
        started=started,
        tool_version="0.0",
        fingerprint=MACHINE,
        environment=Environment(),
        commit=Commit(hash="a" * 40, branch="main", dirty=False),
        plan=Plan(),
    )


BENCHMARK = Benchmark(id="b.py::test[1]", name="test[1]", runner="pyperf", parameters={"n": 1})


def sample(process: int, *, benchmark: str = BENCHMARK.id) -> Sample:
    return Sample(
        benchmark=benchmark,
        process=process,
        calls=10,
        block_ns=(3_000_000 + process, 3_100_000),
        yardstick_ns=(500_000, 600_000),
        order=(2 * process, 2 * process + 1),
        slot=(0, 0),
    )


def session(identity: str = "s", *, started: str = "2026-01-01T00:00:00Z") -> Session:
    return Session(
        header=header(identity, started=started),
        benchmarks=(BENCHMARK,),
        samples=tuple(sample(process) for process in range(3)),
        complete=True,
    )


_text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
_shares = st.none() | st.floats(0, 1)
_parameters: st.SearchStrategy[dict[str, Parameter]] = st.dictionaries(
    _text, st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _text, max_size=2
)


def _sample(benchmark: str, process: int) -> st.SearchStrategy[Sample]:
    times = st.integers(0, 2**62)

    def of(blocks: list[int], yards: list[int] | None, calls: int) -> Sample:
        return Sample(
            benchmark=benchmark,
            process=process,
            calls=calls,
            block_ns=tuple(blocks),
            yardstick_ns=None if yards is None else tuple((yards * len(blocks))[: len(blocks)]),
            order=tuple(range(len(blocks))),
            slot=(0,) * len(blocks),
        )

    yards = st.none() | st.lists(st.integers(1, 2**40), min_size=1, max_size=3)
    return st.builds(of, st.lists(times, min_size=1, max_size=4), yards, st.integers(1, 2**40))


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    """Complete sessions with any text that a suite could come up with."""
    ids = draw(st.lists(_text, unique=True, max_size=3))
    benchmarks = tuple(
        Benchmark(id=name, name=name, runner="pyperf", parameters=draw(_parameters)) for name in ids
    )
    counts = draw(st.lists(st.integers(0, 3), min_size=len(ids), max_size=len(ids)))
    samples = tuple(
        draw(_sample(name, process))
        for name, count in zip(ids, counts, strict=True)
        for process in range(count)
    )
    troubles = draw(
        st.lists(
            st.builds(
                Trouble,
                benchmark=st.none() | _text,
                process=st.none() | st.integers(0, 9),
                kind=st.sampled_from(["skipped", "failed", "timeout"]),
                reason=_text,
            ),
            max_size=2,
        )
    )
    return Session(
        header=header(draw(_text)),
        benchmarks=benchmarks,
        samples=samples,
        troubles=tuple(troubles),
        complete=True,
        elapsed_seconds=draw(_shares),
        steal_share=draw(_shares),
    )
