"""Checks of counts on the real suite: green on the reference, red under each sabotage."""

from __future__ import annotations

import pytest

from perfproof.measure.counts import why_no_allocations, why_no_instructions
from perfproof.proof import Case
from perfproof.proof.child import run_command
from perfproof.proof.claim import Finding
from perfproof.proof.doors import Doors
from perfproof.proof.kinds.counts import CountsClaim
from perfproof.record import Outcome
from perfproof.record.counting import Meter
from tests.benchmarks.commands import ROOT
from tests.proof import planted

ENCODING = "benchmarks/test_events.py::test_encode_event[200]"


def examined(meter: Meter, limit: float, system: str | None) -> Finding:
    claim = CountsClaim(
        id="encoding",
        phase="performance",
        claim="encoding takes little",
        kind="counts",
        benchmark=ENCODING,
        meter=meter,
        limit=limit,
    )
    aside = planted.doors()
    doors = Doors(
        root=ROOT, run_command=run_command, find_baseline=aside.find_baseline, now=aside.now
    )
    measured = planted.session(head=planted.header(system=system))
    return claim.examine(Case(measured, planted.TERMS, doors))


@pytest.mark.parametrize(
    ("system", "outcome"),
    [
        (None, Outcome.PASSED),
        ("benchmarks.sabotage.allocating_event", Outcome.FAILED),
        ("benchmarks.sabotage.slow_encoding", Outcome.FAILED),
    ],
)
def test_allocations_of_the_encoder_are_held(system: str | None, outcome: Outcome) -> None:
    if (reason := why_no_allocations()) is not None:
        pytest.skip(reason)
    finding = examined("allocations", 10, system)
    assert finding.outcome is outcome, finding.reason


@pytest.mark.long
def test_instructions_of_a_slow_encoder_are_seen() -> None:
    if (reason := why_no_instructions()) is not None:
        pytest.skip(reason)
    finding = examined("instructions", 7000, "benchmarks.sabotage.slow_encoding")
    assert finding.outcome is Outcome.FAILED, finding.reason
