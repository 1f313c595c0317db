from __future__ import annotations

import sys
from importlib import import_module

import pytest

from benchmarks.choice import REFERENCE
from benchmarks.probes.table import PROBES
from benchmarks.published import published
from perfproof.configuration.targets import TargetEntry, read_targets
from perfproof.judge import failure_rate
from perfproof.measure.suites import collect, find_suites
from perfproof.measure.worker_process import Surroundings
from perfproof.proof.claim import Claim
from perfproof.proof.judging import matching
from perfproof.proof.kinds.target import TargetClaim
from perfproof.proof.kinds.trials import TrialsClaim
from perfproof.proof.plan import benchmarks_needed, read_plan
from perfproof.record import FigureKind
from perfproof.record.quantity import parse_seconds, parse_share
from system_under_test import reference
from system_under_test.protocol import PARTS, load_system
from tests.benchmarks.commands import ROOT
from tests.benchmarks.trying import counted

PLAN = read_plan(ROOT / "benchmarks/proof.toml", ROOT)
PROBED = [
    claim
    for claim in PLAN.claims
    if isinstance(claim, TrialsClaim) and "benchmarks.probes" in claim.command
]
TARGETS = read_targets(ROOT / "benchmarks/targets.toml")
TIMES = [each for each in TARGETS if each.kind is FigureKind.TIME]
SABOTAGE = ROOT / "benchmarks/sabotage"
# Not systems: what the slow ones spend their time with.
TOOLS = {"__init__", "busy", "mistaking"}
# Seen by the fault run and by `benchmarks.leaking`, which take longer than a proof may.
OF_LONG_RUNS = {"hasty_acknowledgement", "uncounted_loss", "hoarding_connections"}
DOCUMENT = {"create_manager": 0.5e-3, "create_tracker": 0.01e-3, "whole_validation": 0.807}


@pytest.fixture(scope="session")
def ids() -> list[str]:
    """Every benchmark, as perfproof's own workers find them."""
    suites = find_suites(ROOT, ("benchmarks",), ("benchmarks/**/*.py",))
    found = collect(suites, Surroundings(ROOT, {}), timeout_seconds=60)
    return [benchmark.id for group in found.values() for benchmark in group]


def test_the_suites_are_neither_few_nor_endless(ids: list[str]) -> None:
    assert 60 <= len(ids) <= 120
    assert len(set(ids)) == len(ids)


def test_every_target_means_a_benchmark(ids: list[str]) -> None:
    held = [each.benchmark for each in TARGETS if each.benchmark is not None]
    assert [pattern for pattern in held if not matching(pattern, ids)] == []
    assert all((ROOT / each.load).is_file() for each in TARGETS if each.load is not None)


def test_every_check_means_benchmarks_or_a_probe(ids: list[str]) -> None:
    assert benchmarks_needed(PLAN, ids)
    assert sorted(claim.command[-1] for claim in PROBED) == sorted(PROBES)


def test_every_target_says_where_it_comes_from() -> None:
    assert all(each.source for each in TARGETS)
    assert {str(each.source).split(":")[0].split(",")[0] for each in TARGETS} == {
        "the document",
        "ours",
        "goal",
    }


def test_the_documents_limits_and_ours_are_hard_and_goals_are_shown() -> None:
    for each in TARGETS:
        assert each.hard is not str(each.source).startswith("goal"), each


@pytest.mark.parametrize("subject", DOCUMENT)
def test_ours_are_one_to_three_orders_under_the_documents(subject: str) -> None:
    documents, ours = (limits_of(subject, source) for source in ("the document", "ours"))
    assert documents == [DOCUMENT[subject]]
    assert all(10 <= round(documents[0] / limit) <= 1_000 for limit in ours)
    assert ours


def limits_of(subject: str, source: str) -> list[float]:
    meant = [each for each in TIMES if subject in str(each.benchmark)]
    return [each.amount for each in meant if str(each.source).startswith(source)]


def test_the_proof_and_the_targets_hold_the_same_limits() -> None:
    hard: list[TargetEntry] = [each for each in TIMES if each.hard]
    for claim in PLAN.claims:
        if isinstance(claim, TargetClaim):
            limits = [e.amount for e in hard if matching(str(e.benchmark), [claim.benchmark])]
            wanted = pytest.approx(parse_seconds(claim.limit))
            assert any(limit == wanted for limit in limits), claim.id


@pytest.mark.parametrize("claim", PLAN.claims, ids=lambda claim: claim.id)
def test_every_check_has_a_sabotage_that_says_so(claim: Claim) -> None:
    assert claim.sabotages
    for name in claim.sabotages:
        assert f"`{claim.id}`" in str(import_module(name).__doc__), name


@pytest.mark.parametrize(
    "name", sorted({path.stem for path in SABOTAGE.glob("*.py")} - TOOLS), ids=str
)
def test_every_sabotage_is_a_whole_system_of_one_check_that_breaks_one_thing(name: str) -> None:
    module = f"benchmarks.sabotage.{name}"
    of_checks = {name for claim in PLAN.claims for name in claim.sabotages}
    assert (module in of_checks) != (name in OF_LONG_RUNS)
    system = load_system(module)
    names = [each for part in PARTS.values() for each in part]
    broken = [each for each in names if getattr(system, each) is not getattr(reference, each)]
    # A path that is gone is gone from the list and from the look-up; two things were not improved.
    assert len(broken) == {"removed_path": 2, "unimproved": 2, "slow_import": 0}.get(name, 1)


@pytest.mark.parametrize("claim", PROBED, ids=lambda claim: claim.id)
def test_a_probe_tries_often_enough_for_its_limit(claim: TrialsClaim) -> None:
    probe = PROBES[claim.command[-1]]
    enumerated = probe.count == 1
    tried = counted(claim.command[-1], REFERENCE).trials if enumerated else probe.count
    high = failure_rate(0, tried, level=0.99).high
    assert high is not None
    assert high <= parse_share(claim.limit)
    assert claim.max_failures == 0


def test_what_is_published_is_what_the_registry_holds() -> None:
    # A new name is published with the line it gets in published_paths.toml; none may leave there.
    assert dict(published().canonical) == dict(reference.canonical_paths())
    assert dict(published().deprecated) == dict(reference.deprecated_paths())


def test_no_file_is_called_like_a_standard_module() -> None:
    # pyperf scripts run with their folder in front of the standard library.
    names = {path.stem for path in (ROOT / "benchmarks").iterdir()}
    assert names.isdisjoint(sys.stdlib_module_names)
