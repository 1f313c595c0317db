"""Any valid record, drawn by hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from perfproof.record import (
    SCHEMA,
    Benchmark,
    Commit,
    Environment,
    FigureKind,
    Fingerprint,
    Header,
    Plan,
    Sample,
    Session,
    Trouble,
)

names = st.text(min_size=1, max_size=30)
maybe_text = st.none() | st.text(max_size=20)
shares = st.none() | st.floats(0, 1)
counts = st.integers(0, 2**53)

fingerprints = st.builds(
    Fingerprint,
    cpu_model=maybe_text,
    logical_cores=st.none() | st.integers(1, 512),
    memory_gib=st.none() | st.integers(0, 4096),
    machine=names,
    system=names,
    kernel=maybe_text,
    libc=maybe_text,
    implementation=names,
    python_version=names,
    python_build=maybe_text,
)
commits = st.builds(
    Commit,
    hash=st.none() | st.text("0123456789abcdef", min_size=40, max_size=40),
    branch=maybe_text,
    dirty=st.none() | st.booleans(),
)
plans = st.builds(
    Plan,
    processes=st.integers(1, 50),
    blocks=st.integers(1, 200),
    block_seconds=st.floats(1e-6, 1),
    warmup_seconds=st.floats(0, 1),
    sample_seconds=st.floats(1e-3, 10),
    timeout_seconds=st.floats(1e-3, 1e4),
    seed=st.integers(0, 2**32),
)
headers = st.builds(
    Header,
    schema=st.just(SCHEMA),
    id=names,
    started=names,
    tool_version=names,
    fingerprint=fingerprints,
    environment=st.builds(Environment, load_1m=st.none() | st.floats(0, 100), steal_share=shares),
    commit=commits,
    plan=plans,
    system=maybe_text,
)
benchmarks = st.builds(
    Benchmark,
    id=names,
    name=names,
    runner=st.sampled_from(["pytest-benchmark", "pyperf"]),
    group=maybe_text,
    parameters=st.dictionaries(
        st.text(max_size=8),
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=8),
        max_size=3,
    ),
    source_hash=maybe_text,
    target_seconds=st.none() | st.floats(1e-9, 1e3),
    limits=st.dictionaries(
        st.sampled_from([FigureKind.ALLOCATIONS, FigureKind.PEAK_MEMORY, FigureKind.KEPT_MEMORY]),
        st.floats(1e-3, 1e12),
        max_size=2,
    ),
)


@st.composite
def samples_of(draw: st.DrawFn, benchmark: str, process: int) -> Sample:
    length = draw(st.integers(1, 6))
    many = st.lists(counts, min_size=length, max_size=length).map(tuple)
    yards = st.lists(st.integers(1, 2**40), min_size=length, max_size=length).map(tuple)
    return Sample(
        benchmark=benchmark,
        process=process,
        calls=draw(st.integers(1, 2**40)),
        block_ns=draw(many),
        yardstick_ns=draw(st.none() | yards),
        order=draw(many),
        slot=draw(many),
        preemptions=draw(st.none() | many),
        side=draw(st.sampled_from([None, "base", "head"])),
        peak_rss_bytes=draw(st.none() | counts),
    )


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    known = draw(st.lists(benchmarks, max_size=4, unique_by=lambda each: each.id))
    samples = [
        draw(samples_of(each.id, process))
        for each in known
        for process in range(draw(st.integers(0, 3)))
    ]
    troubles = draw(
        st.lists(
            st.builds(
                Trouble,
                benchmark=st.none() | names,
                process=st.none() | st.integers(0, 9),
                kind=st.sampled_from(["skipped", "failed", "timeout", "worker", "interrupted"]),
                reason=st.text(max_size=30),
            ),
            max_size=3,
        )
    )
    complete = draw(st.booleans())
    return Session(
        header=draw(headers),
        benchmarks=tuple(known),
        samples=tuple(samples),
        troubles=tuple(troubles),
        complete=complete,
        elapsed_seconds=draw(st.none() | st.floats(0, 1e6)) if complete else None,
        steal_share=draw(shares) if complete else None,
    )
