"""One small file of each kind that is no session, with planted figures."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from perfproof.record import (
    PROOF_SCHEMA,
    Check,
    Commit,
    Decision,
    Environment,
    Frame,
    Interval,
    Leak,
    LeakResult,
    LeakVerdict,
    Outcome,
    Proof,
    Risk,
    Series,
    Survey,
    Trouble,
)
from perfproof.record.importing import IMPORTS_SCHEMA, ImportHeader, ImportRun, ImportSession
from perfproof.record.load import LOAD_SCHEMA, Bins, LoadHeader, LoadRun, LoadSession, Offered
from perfproof.record.looking import LEAKS_SCHEMA, LeakHeader, Look
from tests.store.sessions import MACHINE

KEEPS, CLEAN = "t.py::test_keeps", "t.py::test_clean"
COMMIT = Commit(hash="b" * 40, dirty=True)


def load_session() -> LoadSession:
    """Six requests in two slices on the head, at 3 a second: five answered, one late."""
    header = LoadHeader(
        schema=LOAD_SCHEMA,
        id="l1",
        started="2026-01-02T00:00:00+00:00",
        tool_version="0.1",
        fingerprint=MACHINE,
        environment=Environment(),
        commit=COMMIT,
        scenario="load.toml",
        url="ws://127.0.0.1/ws",
    )
    offered = Offered(
        rate=3, seconds=2, connections=1, arrivals="poisson", seed=1, timeout_seconds=9
    )
    run = LoadRun(
        offered=offered,
        requests=6,
        answered=5,
        refused=0,
        late=1,
        lost=0,
        slices=(
            Bins(upper_ns=(1_000_000, 2_000_000), counts=(2, 1)),
            Bins(upper_ns=(5_000_000, 9_000_000_000), counts=(2, 1)),
        ),
        lateness=Bins(upper_ns=(100_000,), counts=(6,)),
        elapsed_seconds=2.0,
        side="head",
        round=1,
    )
    return LoadSession(header=header, runs=(run,))


def leak_header(schema: int = LEAKS_SCHEMA) -> LeakHeader:
    return LeakHeader(
        schema=schema,
        id="k1",
        started="2026-01-03T00:00:00+00:00",
        tool_version="0.1",
        fingerprint=MACHINE,
        environment=Environment(),
        commit=COMMIT,
        system="sabotage.leaking",
    )


def looks() -> tuple[Look, Look, Look]:
    """A leak of 16 bytes a call, nothing, and a benchmark that failed."""
    line = Frame(file="kept.py", line=8, function="keep")
    marks = Series(kept="memory", stack=(line,), counts=(0, 10, 30), sizes=(0, 160, 480))
    survey = Survey(benchmark=KEEPS, operations=(10, 20), before=5, series=(marks,), seconds=0.1)
    leak = Leak(
        kept="memory",
        verdict=LeakVerdict.LEAK,
        stack=(line,),
        objects=Interval(1.0, 0.9, 1.1, 0.99, 2),
        size=Interval(16.0, 15.0, 17.0, 0.99, 2),
    )
    found = LeakResult(benchmark=KEEPS, verdict=LeakVerdict.LEAK, leaks=(leak,), operations=30)
    free = LeakResult(benchmark=CLEAN, verdict=LeakVerdict.FREE, operations=40)
    lost = Trouble(benchmark="t.py::test_bad", process=0, kind="failed", reason="no")
    return (
        Look(benchmark=KEEPS, surveys=(survey,), result=found),
        Look(benchmark=CLEAN, result=free),
        Look(benchmark="t.py::test_bad", troubles=(lost,)),
    )


def import_session() -> ImportSession:
    """Two processes a side: the head's own module takes twice the time, and imports one more."""
    header = ImportHeader(
        schema=IMPORTS_SCHEMA,
        id="i1",
        started="2026-01-05T00:00:00+00:00",
        tool_version="0.1",
        fingerprint=MACHINE,
        environment=Environment(),
        commit=COMMIT,
        package="parcels",
        level=0.95,
        margin=0.1,
        base="main",
        head="working tree",
        base_commit="a" * 40,
    )
    base = ImportRun({"parcels": 0.01}, {"parcels": 0.01})
    head = ImportRun({"more": 0.005, "parcels": 0.02}, {"more": 0.005, "parcels": 0.025})
    return ImportSession(header=header, runs={"base": [base, base], "head": [head, head]})


def proof() -> Proof:
    check = Check(
        id="cold-start",
        phase="database",
        claim="a client waits less than 2 s",
        outcome=Outcome.PASSED,
        mandatory=True,
        reason="seen",
        command="perfproof prove --check cold-start",
        figure=Interval(0.4, 0.3, 0.5, 0.99, 30),
        unit="second",
    )
    bare = msgspec.structs.replace(
        check, id="crowd", outcome=Outcome.SKIPPED, figure=None, unit=None
    )
    return Proof(
        schema=PROOF_SCHEMA,
        title="T",
        session="p1",
        created="2026-01-04T00:00:00+00:00",
        tool_version="0.1",
        system=None,
        commit=COMMIT,
        fingerprint=MACHINE,
        environment=Environment(),
        checks=(check, bare),
        decision=Decision.GO,
        risk=Risk.LOW,
        risk_reasons=(),
    )


def write_evidence(folder: Path) -> None:
    """proof.json and the output of four commands: figures, a count, a failure, other words."""
    (folder / "proof.json").write_bytes(msgspec.json.format(msgspec.json.encode(proof())))
    printed = {
        "figures": {
            "cold_start": {"unit": "second", "values": [0.5, 0.25]},
            "connection_bytes": {"unit": "byte", "values": [9000]},
        },
        "counts": {"lost": {"trials": 30, "failures": 1, "example": "one"}},
    }
    endings = [
        {"status": 0, "output": f"starting\n{json.dumps(printed)}\n", "errors": ""},
        {"status": 0, "output": '{"trials": 500, "failures": 0}\n', "errors": ""},
        {"status": 1, "output": json.dumps(printed), "errors": "broken"},
        {"status": 0, "output": "all is well\n", "errors": ""},
    ]
    lines = [
        json.dumps({"command": ["{python}", "-m", name], "system": None, "ending": ending})
        for name, ending in zip(("start", "probe", "broken", "words"), endings, strict=True)
    ]
    (folder / "commands.jsonl").write_text("\n".join(lines) + "\n")
