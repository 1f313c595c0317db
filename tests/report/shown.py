"""Records to show: small ones by hand, large ones with planted scatter."""

from __future__ import annotations

import random

from perfproof.record import (
    PROOF_SCHEMA,
    SCHEMA,
    Benchmark,
    Check,
    Commit,
    Comparison,
    Comparisons,
    Decision,
    Environment,
    Fingerprint,
    Header,
    Interval,
    Limit,
    Outcome,
    Plan,
    Proof,
    Risk,
    SabotageSeen,
    Sample,
    Session,
    TargetResult,
    TargetVerdict,
    Verdict,
)

HOSTILE = (
    "a|b`c`<script>alert(1)</script>\n# heading\r\t\x1b[31m\x00\u202e[x](http://evil.example)"
    " ![i](//e) **b** _e_ ~~s~~ www.evil.example @user #12 <!-- c --> &amp; $x^{2}$ \\| \"q' a\\"
)
"""Everything that is markup, or worse, somewhere."""

FINGERPRINT = Fingerprint(
    cpu_model="Example CPU",
    logical_cores=2,
    memory_gib=8,
    machine="x86_64",
    system="Linux",
    kernel=None,
    libc="glibc 2.36",
    implementation="CPython",
    python_version="3.11.9",
    python_build=None,
)


def check(identity: str = "quick", outcome: Outcome = Outcome.PASSED, **changes: object) -> Check:
    given: dict[str, object] = {
        "id": identity,
        "phase": "4 Performance",
        "claim": "A manager is made in under 0.5 ms",
        "outcome": outcome,
        "mandatory": True,
        "figure": Interval(21.3e-6, 20.9e-6, 21.8e-6, 0.99, 10),
        "unit": "second",
        "limit": Limit("<", 0.0005),
        "reason": "all of it under 500 us",
        "command": f"perfproof prove --check {identity}",
        "sabotage": SabotageSeen(
            name="benchmarks.sabotage.slow", seen="2026-01-01T00:00:00+00:00", reason="took 2 ms"
        ),
    }
    return Check(**(given | changes))  # type: ignore[arg-type]


def proof(*checks: Check, title: str = "A proof", decision: Decision = Decision.GO) -> Proof:
    return Proof(
        schema=PROOF_SCHEMA,
        title=title,
        session="s1",
        created="2026-01-01T00:00:00+00:00",
        tool_version="0.1",
        system=None,
        commit=Commit(hash="a" * 40, branch="main", dirty=False),
        fingerprint=FINGERPRINT,
        environment=Environment(load_1m=0.5, packages={"pytest": "9"}),
        checks=checks or (check(),),
        decision=decision,
        risk=Risk.LOW,
        risk_reasons=("every check passed",),
        elapsed_seconds=61.0,
    )


def comparison(
    name: str, ratio: float, verdict: Verdict, *, detectable: float | None = 0.041
) -> Comparison:
    return Comparison(
        benchmark=name,
        ratio=Interval(ratio, ratio * 0.98, ratio * 1.02, 0.999, 10),
        margin=0.05,
        verdict=verdict,
        detectable=detectable,
        base_seconds=1e-5,
        head_seconds=1e-5 * ratio,
        base_processes=10,
        head_processes=12,
    )


def comparisons(*results: Comparison) -> Comparisons:
    return Comparisons(
        base="baseline 'current'",
        head="this session",
        alpha=0.01,
        results=results
        or (
            comparison("b.py::same", 1.0, Verdict.SAME),
            comparison("b.py::doubtful", 1.04, Verdict.UNDECIDED),
            comparison("b.py::slow", 1.3, Verdict.SLOWER),
            comparison("b.py::fast", 0.7, Verdict.FASTER),
            comparison("b.py::slowest", 3.0, Verdict.SLOWER),
        ),
        added=("b.py::new",),
        removed=("b.py::gone",),
        notes=("times are compared in seconds",),
    )


def target(name: str, estimate: float, verdict: TargetVerdict) -> TargetResult:
    return TargetResult(
        benchmark=name,
        limit=1e-3,
        figure=Interval(estimate, estimate * 0.9, estimate * 1.1, 0.99, 10),
        verdict=verdict,
        origin="check 'quick'",
    )


def session(count: int, *, processes: int = 10, name: str = "test_{n}[{n}]") -> Session:
    """A session of ``count`` benchmarks, seven a group, with scatter between processes."""
    chance = random.Random(1)
    known, samples = [], []
    for n in range(count):
        identity = f"benchmarks/test_it.py::{name.format(n=n)}"
        known.append(
            Benchmark(
                id=identity,
                name=name.format(n=n),
                runner="pytest-benchmark",
                group=f"group {n // 7}" if n % 11 else None,
            )
        )
        for process in range(processes):
            middle = 3_000_000 * chance.lognormvariate(0, 0.04)
            blocks = tuple(round(middle * chance.lognormvariate(0, 0.05)) for _ in range(12))
            samples.append(
                Sample(
                    benchmark=identity,
                    process=process,
                    calls=10 ** (n % 5),
                    block_ns=blocks,
                    order=tuple(range(12)),
                    slot=(0,) * 12,
                )
            )
    return Session(
        header=Header(
            schema=SCHEMA,
            id="s1",
            started="2026-01-01T00:00:00Z",
            tool_version="0.1",
            fingerprint=FINGERPRINT,
            environment=Environment(),
            commit=Commit(hash="a" * 40),
            plan=Plan(),
        ),
        benchmarks=tuple(known),
        samples=tuple(samples),
        complete=True,
    )


def figures(measured: Session) -> dict[str, Interval]:
    typical = {each.benchmark: each.seconds[0] for each in measured.samples}
    return {
        name: Interval(value, value * 0.97, value * 1.03, 0.99, 10)
        for name, value in typical.items()
    }
