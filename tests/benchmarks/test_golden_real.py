"""The real server in a process of its own: faultless as it is, seen red when it is sabotaged."""

from __future__ import annotations

import json
import time

import pytest

from benchmarks.choice import REFERENCE
from benchmarks.golden.__main__ import main
from benchmarks.golden.client import Door, run
from benchmarks.golden.cold_start import Pace
from benchmarks.golden.crowd import SIZES, CrowdResult, Size, measure_crowd
from benchmarks.golden.knocks import Fate, Start, refused_well
from benchmarks.golden.measuring import (
    CrowdPlan,
    StartPlan,
    measure_crowds,
    one_held_start,
    one_start,
)
from benchmarks.golden.output import Output
from benchmarks.golden.reporting import report_crowd, report_starts
from benchmarks.servers.backend import Backend, BackendOptions
from perfproof.judge import failure_rate
from perfproof.judge.quantiles import values_needed
from perfproof.proof.kinds.distribution import DistributionClaim
from perfproof.proof.kinds.trials import TrialsClaim
from perfproof.proof.plan import read_plan
from perfproof.record.quantity import parse_share
from perfproof.record.sizes import parse_amount
from tests.benchmarks.commands import ROOT

CLAIMS = [
    claim
    for claim in read_plan(ROOT / "benchmarks/proof.toml", ROOT).claims
    if isinstance(claim, DistributionClaim | TrialsClaim) and "benchmarks.golden" in claim.command
]
# How late each sabotage makes every value of its figure, whatever else the machine does.
LATE_SECONDS = {
    ("slow_handshake", "connect"): 0.015,
    ("slow_handshake", "server_cpu"): 0.015,
    ("slow_first_event", "first_event"): 0.25,
    ("late_event", "slowest_event"): 0.15,
    ("late_event", "answer"): 0.15,
    ("slow_start", "cold_start_accepted"): 2.5,
    ("slow_start", "cold_start_first_event"): 2.5,
}

SLOWLY = Pace(every=0.01, most=30.0, answer=30.0, handshake=30.0)


def crowd_of(name: str, size: Size) -> tuple[CrowdResult, Output]:
    with Backend(BackendOptions(system=name)) as backend:
        door = Door(backend.url, backend.token)
        result = run(measure_crowd(door, size, backend.pid, time.monotonic() + 60))
    output = Output()
    report_crowd(result, output)
    return result, output


def start_of(name: str) -> tuple[Start, Output]:
    start = run(one_start(BackendOptions(system=name), SLOWLY))
    output = Output()
    report_starts([start], output)
    return start, output


def sabotage(name: str) -> str:
    return f"benchmarks.sabotage.{name}"


def test_every_conversation_with_the_reference_is_faultless() -> None:
    result, output = crowd_of(REFERENCE, Size(40, 2))
    assert result.deviations == []
    assert len(output.figures["answer_40"]) == 80
    assert all(usage.server_seconds > 0 for usage in result.usages)


def test_a_cold_start_of_the_reference_has_no_fault() -> None:
    start, output = start_of(REFERENCE)
    assert start.faults == []
    assert output.counts["cold_start_1011"].failures == 0
    assert set(start.codes) == {1001}


@pytest.mark.parametrize(
    ("name", "figure"), [each for each in LATE_SECONDS if "start" not in each[0]]
)
def test_a_sabotage_that_is_slow_is_in_every_value_of_its_figure(name: str, figure: str) -> None:
    result, output = crowd_of(sabotage(name), Size(1, 3))
    assert result.deviations == []
    assert min(output.figures[f"{figure}_1"]) >= LATE_SECONDS[name, figure]


def test_a_slow_start_refuses_well_until_it_lets_in_and_is_in_both_figures() -> None:
    start, output = start_of(sabotage("slow_start"))
    assert start.faults == []
    assert start.count(Fate.REFUSED) > 0
    assert all(refused_well(each) for each in start.knocks if each.fate is Fate.REFUSED)
    for figure in ("cold_start_accepted", "cold_start_first_event"):
        assert min(output.figures[figure]) >= LATE_SECONDS["slow_start", figure]


def test_a_server_whose_database_is_held_refuses_well_and_lets_in_later() -> None:
    start = run(one_held_start(BackendOptions(), SLOWLY))
    assert start.faults == []
    assert start.held
    assert start.count(Fate.REFUSED) >= 5
    assert all(refused_well(each) for each in start.knocks if each.fate is Fate.REFUSED)
    assert start.timing is not None


def test_a_server_that_accepts_too_early_and_closes_with_1011_is_counted() -> None:
    start = run(one_held_start(BackendOptions(system=sabotage("early_accept")), SLOWLY))
    assert start.closed_with_1011 >= 5
    output = Output()
    report_starts([start], output)
    assert output.counts["cold_start_1011"].failures == 1


def test_a_server_that_refuses_everybody_has_failed_every_start() -> None:
    pace = Pace(every=0.01, most=2.0)
    start = run(one_start(BackendOptions(system=sabotage("refuses_everybody")), pace))
    assert any("nobody was let in" in each for each in start.faults)


def test_an_event_that_is_dropped_now_and_then_is_counted() -> None:
    # 150 conversations are 2,250 events, of which three are dropped.
    result, output = crowd_of(sabotage("dropped_event"), Size(50, 3))
    assert len(result.deviations) == 3
    assert "frames" in str(output.counts["conversations_50"].example)


def test_a_server_that_does_not_start_fails_every_conversation() -> None:
    plan = CrowdPlan(sizes=(Size(3, 2),), most_seconds=10)
    output = measure_crowds(BackendOptions(system="benchmarks.no_such_system"), plan)
    count = output.counts["conversations_3"]
    assert (count.trials, count.failures) == (6, 6)
    assert "no_such_system" in str(count.example)


def test_a_server_that_dies_while_it_starts_is_a_fault_with_its_last_words() -> None:
    start, output = start_of("benchmarks.no_such_system")
    assert "no_such_system" in start.faults[0]
    assert output.counts["cold_starts"].failures == 1
    assert output.counts["cold_start_1011"].failures == 1


def test_the_command_ends_with_one_line_of_figures_and_counts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["cold-start", "--starts", "2", "--system", REFERENCE]) == 0
    lines = capsys.readouterr().out.splitlines()
    printed = json.loads(lines[-1])
    assert printed["counts"]["cold_starts"] == {"trials": 2, "failures": 0, "example": None}
    assert printed["figures"]["cold_start_accepted"]["unit"] == "second"
    assert len(printed["figures"]["cold_start_accepted"]["values"]) == 2
    assert "cold starts" in lines[0]


def test_crowds_are_large_enough_for_a_p99_and_starts_for_a_p90() -> None:
    for size in SIZES:
        assert size.conversations >= values_needed(0.99, level=0.99)
    assert StartPlan().starts >= values_needed(0.9, level=0.99)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_a_claim_is_one_that_its_sabotage_breaks(claim: DistributionClaim | TrialsClaim) -> None:
    if isinstance(claim, TrialsClaim):
        assert claim.max_failures == 0
        return
    name = str(claim.sabotage).rpartition(".")[2]
    figure = claim.figure if name == "slow_start" else claim.figure.rpartition("_")[0]
    assert claim.figure.startswith(("cold_start_", f"{figure}_10"))
    # Tokens are looked at one after the other: the last of ten users waits for ten looks.
    waits_for = 10 if figure == "connect" else 1
    assert parse_amount(claim.limit)[0] < LATE_SECONDS[name, figure] * waits_for


@pytest.mark.parametrize(
    "claim", [each for each in CLAIMS if isinstance(each, TrialsClaim)], ids=lambda claim: claim.id
)
def test_enough_is_tried_for_each_rate(claim: TrialsClaim) -> None:
    tried = {f"conversations_{size.users}": size.conversations for size in SIZES}
    tried |= dict.fromkeys(
        ("cold_starts", "cold_start_1011"), StartPlan().starts + StartPlan().held
    )
    high = failure_rate(0, tried[str(claim.count)], level=0.99).high
    assert high is not None
    assert high <= parse_share(claim.limit)
