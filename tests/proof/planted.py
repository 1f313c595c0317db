"""Sessions, doors and projects with planted truth."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from perfproof.proof import Absent, Case, Command, Doors, Ending, ProofPlan, Stored, Terms
from perfproof.proof.claim import Claim
from perfproof.proof.plan import Phase
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
    Trouble,
)

QUICK = "benchmarks/test_it.py::test_quick[1]"
OTHER = "benchmarks/test_it.py::test_other"
MICROSECOND = 1e-6
TERMS = Terms(level=0.99, alpha=0.01)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def fingerprint(cores: int = 2, kernel: str = "6.1") -> Fingerprint:
    return Fingerprint(
        cpu_model="Example CPU",
        logical_cores=cores,
        memory_gib=8,
        machine="x86_64",
        system="Linux",
        kernel=kernel,
        libc="glibc 2.36",
        implementation="CPython",
        python_version="3.11.9",
        python_build="main",
    )


def header(
    identity: str = "s1", *, system: str | None = None, commit: Commit | None = None, cores: int = 2
) -> Header:
    return Header(
        schema=SCHEMA,
        id=identity,
        started="2026-01-01T00:00:00+00:00",
        tool_version="0.1",
        fingerprint=fingerprint(cores),
        environment=Environment(),
        commit=commit or Commit(hash="a" * 40, branch="main", dirty=False),
        plan=Plan(),
        system=system,
    )


def session(
    seconds: Mapping[str, float] | None = None,
    *,
    processes: int = 10,
    troubles: Sequence[Trouble] = (),
    head: Header | None = None,
    seed: int = 1,
) -> Session:
    """A complete session: each benchmark takes its seconds, 1 % of scatter between processes."""
    chance = random.Random(seed)
    planted = {QUICK: 20 * MICROSECOND, OTHER: 50 * MICROSECOND} if seconds is None else seconds
    samples = []
    for name, value in planted.items():
        for process in range(processes):
            middle = value * 1e9 * 100 * chance.lognormvariate(0, 0.01)
            blocks = tuple(round(middle * chance.lognormvariate(0, 0.01)) for _ in range(8))
            samples.append(
                Sample(
                    benchmark=name,
                    process=process,
                    calls=100,
                    block_ns=blocks,
                    order=tuple(range(8)),
                    slot=(0,) * 8,
                )
            )
    lost = {each.benchmark for each in troubles if each.benchmark} - planted.keys()
    return Session(
        header=head or header(),
        benchmarks=tuple(
            Benchmark(id=name, name=name.rpartition(":")[2], runner="pytest-benchmark")
            for name in (*planted, *sorted(lost))
        ),
        samples=tuple(samples),
        troubles=tuple(troubles),
        complete=True,
    )


def counted(trials: int, failures: int = 0, example: str | None = None) -> Ending:
    line = json.dumps({"trials": trials, "failures": failures, "example": example})
    return Ending(status=0, output=f"trying\n{line}\n", errors="")


def figures(
    seconds: Mapping[str, Sequence[float]], counts: Mapping[str, tuple[int, int]] | None = None
) -> Ending:
    """What a command prints that measures several figures and counts at once."""
    printed = {
        "figures": {n: {"unit": "second", "values": list(v)} for n, v in seconds.items()},
        "counts": {n: {"trials": t, "failures": f} for n, (t, f) in (counts or {}).items()},
    }
    return Ending(status=0, output=f"measuring\n{json.dumps(printed)}\n", errors="")


def doors(
    root: Path = Path(),
    *,
    ending: Ending | None = None,
    stored: Stored | Absent | None = None,
) -> Doors:
    """Doors behind which stands what is planted; what is not planted may not be asked for."""

    def run(_: Command) -> Ending:
        assert ending is not None
        return ending

    def find(name: str, _: Fingerprint) -> Stored | Absent:
        assert stored is not None, name
        return stored

    return Doors(root=root, run_command=run, find_baseline=find, now=lambda: NOW)


def case(
    measured: Session | None = None, through: Doors | None = None, terms: Terms = TERMS
) -> Case:
    return Case(session() if measured is None else measured, terms, through or doors())


def baseline(measured: Session | None = None, name: str = "current") -> Stored:
    """A stored session with a history that shows how little sessions differ here."""
    base = session(seed=7) if measured is None else measured
    seconds = {each.benchmark: each.seconds[0] for each in base.samples}
    history = tuple(session(seconds, seed=20 + n, head=header(f"h{n}")) for n in range(12))
    return Stored(name=name, session=base, history=history)


def planned(root: Path, *claims: Claim) -> ProofPlan:
    phases = tuple(
        Phase(id=each, title=f"{each} title") for each in dict.fromkeys(c.phase for c in claims)
    )
    return ProofPlan(
        path=root / "proof.toml", root=root, title="A proof", phases=phases, claims=claims
    )


def common(identity: str = "it", **keys: object) -> dict[str, object]:
    """The keys that every check has."""
    return {"id": identity, "phase": "4", "claim": "it is so", **keys}


def sabotaged(root: Path, name: str = "broken") -> str:
    """A module of the project that stands for a system broken on purpose."""
    folder = root / "sabotage"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text("SLOW = True\n")
    return f"sabotage.{name}"
