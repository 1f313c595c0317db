"""What perfproof itself costs, as a pyperf script; not one of the suites that `make prove` runs.

`perfproof run --pyperf benchmarks/tool_costs.py -k tool_costs` measures it, `make gate` holds it
against the merge base. Sessions are made up, with a planted scatter, as large as a large project's.
"""

import contextlib
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyperf

from perfproof.record import (
    PROOF_SCHEMA,
    SCHEMA,
    Benchmark,
    Check,
    Commit,
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
    Sample,
    Session,
    encode_session,
)
from perfproof.report import PageContent, html_page, load_drawer

PROCESSES = 10
BLOCKS = 12
LARGE = 1000
REPORTED = 200
COMMIT = Commit(hash="a" * 40, branch="main", dirty=False)
MACHINE = Fingerprint(
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


def made_up(count: int, seed: int) -> Session:
    """A session of so many benchmarks, each with every process and block."""
    draw = random.Random(seed)
    known = tuple(
        Benchmark(id=f"tests/test_it.py::test_{n}", name=f"test_{n}", runner="pytest-benchmark")
        for n in range(count)
    )
    return Session(
        header=Header(
            schema=SCHEMA,
            id=f"made-up-{seed}",
            started="2026-01-01T00:00:00Z",
            tool_version="0",
            fingerprint=MACHINE,
            environment=Environment(),
            commit=COMMIT,
            plan=Plan(),
        ),
        benchmarks=known,
        samples=tuple(
            sampled(each.id, process, draw) for each in known for process in range(PROCESSES)
        ),
        complete=True,
    )


def sampled(benchmark: str, process: int, draw: random.Random) -> Sample:
    """One process: its own offset of 2 %, blocks that scatter by 5 %."""
    middle = 3_000_000 * draw.lognormvariate(0, 0.02)
    return Sample(
        benchmark=benchmark,
        process=process,
        calls=1000,
        block_ns=tuple(round(middle * draw.lognormvariate(0, 0.05)) for _ in range(BLOCKS)),
        yardstick_ns=tuple(round(500_000 * draw.lognormvariate(0, 0.02)) for _ in range(BLOCKS)),
        order=tuple(range(BLOCKS)),
        slot=(0,) * BLOCKS,
    )


def page_of(session: Session) -> PageContent:
    """A proof about every benchmark of a session."""
    figures = {
        each.id: Interval(3e-6, 2.9e-6, 3.1e-6, 0.99, PROCESSES) for each in session.benchmarks
    }
    checks = tuple(
        Check(
            id=f"check-{number}",
            phase="performance",
            claim="It is quick.",
            outcome=Outcome.PASSED,
            mandatory=True,
            figure=figure,
            unit="second",
            limit=Limit("<", 1e-5),
            reason="all of it under 10 us",
            command="perfproof prove",
        )
        for number, figure in enumerate(figures.values())
    )
    proof = Proof(
        schema=PROOF_SCHEMA,
        title="A proof",
        session=session.header.id,
        created="2026-01-01T00:00:00Z",
        tool_version="0",
        system=None,
        commit=COMMIT,
        fingerprint=MACHINE,
        environment=Environment(),
        checks=checks,
        decision=Decision.GO,
        risk=Risk.LOW,
        risk_reasons=("every check passed",),
    )
    return PageContent(proof=proof, risk_rule=("low: none",), session=session, figures=figures)


@contextlib.contextmanager
def two_files() -> Iterator[tuple[str, str]]:
    """Two stored sessions of a large project."""
    with tempfile.TemporaryDirectory(prefix="perfproof-costs-") as folder:
        paths = [Path(folder, f"{name}.jsonl") for name in ("base", "head")]
        for seed, path in enumerate(paths):
            path.write_bytes(encode_session(made_up(LARGE, seed)))
        yield str(paths[0]), str(paths[1])


def main(runner: Any) -> None:  # noqa: ANN401 - pyperf has no types
    runner.parse_args()
    tool = [sys.executable, "-m", "perfproof"]
    runner.bench_command("help", [*tool, "--help"])
    with two_files() as (base, head):
        runner.bench_command("compare_two_files_of_1000", [*tool, "compare", base, head])
    content, drawer = page_of(made_up(REPORTED, 0)), load_drawer()
    runner.bench_func("page_of_200", html_page, content, drawer)


if __name__ == "__main__":
    main(pyperf.Runner())
