from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from perfproof.errors import ResultFileError
from perfproof.proof import Case, Claim, Evidence, ProofPlan, prove, select
from perfproof.proof.kinds import KINDS
from perfproof.record import Check, Decision, Outcome, Session
from tests.proof.planted import (
    NOW,
    QUICK,
    TERMS,
    baseline,
    common,
    counted,
    doors,
    header,
    planned,
    session,
)


def claim(identity: str, kind: str, **keys: object) -> Claim:
    return msgspec.convert(common(identity, kind=kind, **keys), KINDS[kind])


def plan(root: Path, limit: str = "1 ms") -> ProofPlan:
    return planned(
        root,
        claim("quick", "target", benchmark="*", limit=limit),
        claim("isolation", "trials", command=["x"], limit="1 %", phase="3"),
        claim("no-slower", "baseline", baseline="current", slower_by="25 %", mandatory=False),
    )


def evidence(
    what: ProofPlan, measured: Session | None = None, told: list[Check] | None = None
) -> Evidence:
    through = doors(ending=counted(6000), stored=baseline())
    given = Case(session(seed=3) if measured is None else measured, TERMS, through)
    heard: list[Check] = [] if told is None else told
    return prove(what, given, started=NOW - timedelta(seconds=90), tell=heard.append)


def test_all_that_passed_is_go(tmp_path: Path) -> None:
    proof = evidence(plan(tmp_path)).proof
    assert proof.decision is Decision.GO
    assert [each.outcome for each in proof.checks] == [Outcome.PASSED] * 3
    assert [each.phase for each in proof.checks] == ["4 title", "3 title", "4 title"]


def test_one_mandatory_check_that_failed_is_no_go(tmp_path: Path) -> None:
    proof = evidence(plan(tmp_path, limit="1 us")).proof
    assert proof.decision is Decision.NO_GO
    assert "mandatory and failed: quick" in proof.risk_reasons


def test_the_proof_carries_where_when_and_on_what_it_was_made(tmp_path: Path) -> None:
    proof = evidence(plan(tmp_path)).proof
    assert proof.session == "s1"
    assert proof.created == "2026-01-02T03:04:05+00:00"
    assert proof.elapsed_seconds == 90.0
    assert proof.commit.hash == "a" * 40
    assert proof.title == "A proof"


def test_each_check_says_how_to_repeat_it_alone(tmp_path: Path) -> None:
    checks = evidence(plan(tmp_path)).proof.checks
    assert checks[0].command == "perfproof prove --check quick"
    peer = session(seed=3, head=header(system="peers.plain"))
    checks = evidence(plan(tmp_path), peer).proof.checks
    assert checks[0].command == "perfproof prove --check quick --system peers.plain"


def test_a_check_says_the_same_alone_as_with_the_others(tmp_path: Path) -> None:
    whole = evidence(plan(tmp_path)).proof.checks
    for check in whole:
        (alone,) = evidence(select(plan(tmp_path), [check.id])).proof.checks
        assert alone == check


def test_a_part_of_the_checks_is_never_go(tmp_path: Path) -> None:
    part = evidence(select(plan(tmp_path), ["quick"]))
    assert part.proof.decision is Decision.NO_GO
    assert part.left_out == ("isolation",)


def test_each_check_is_told_as_soon_as_it_is_there(tmp_path: Path) -> None:
    told: list[Check] = []
    proof = evidence(plan(tmp_path), told=told).proof
    assert tuple(told) == proof.checks


def test_what_the_checks_rest_on_goes_with_them(tmp_path: Path) -> None:
    found = evidence(plan(tmp_path))
    assert len(found.targets) == 2
    assert len(found.comparisons) == 1
    assert set(found.figures) == {each.id for each in found.session.benchmarks}


def test_without_a_benchmark_nothing_was_measured_and_the_rest_is_proved(tmp_path: Path) -> None:
    trials_alone = planned(tmp_path, claim("isolation", "trials", command=["x"], limit="1 %"))
    proof = evidence(trials_alone, session({})).proof
    assert proof.session is None
    assert proof.decision is Decision.GO


def test_a_benchmark_that_is_not_there_is_an_error_of_its_check_alone(tmp_path: Path) -> None:
    wrong = replace(
        plan(tmp_path),
        claims=(
            claim("none", "target", benchmark="gone*", limit="1 s"),
            claim("quick", "target", benchmark=QUICK, limit="1 s"),
        ),
    )
    proof = evidence(wrong).proof
    assert [each.outcome for each in proof.checks] == [Outcome.ERROR, Outcome.PASSED]
    assert proof.decision is Decision.NO_GO


def test_a_damaged_record_of_sabotage_stops_the_proof(tmp_path: Path) -> None:
    (tmp_path / "sabotage-seen.json").write_text("{")
    with pytest.raises(ResultFileError):
        evidence(plan(tmp_path))
