from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from perfproof.proof import Command, Ending, Finding, prove, run_command, shared
from perfproof.proof.decision import exit_code
from perfproof.proof.kinds.distribution import DistributionClaim
from perfproof.proof.kinds.trials import TrialsClaim
from perfproof.proof.package import package_files
from perfproof.proof.prove import examine
from perfproof.record import Decision, Limit, Outcome
from tests.proof.planted import case, common, doors, figures, header, planned, session

QUICK = [0.010 + 0.00001 * n for n in range(1000)]
"""Ten to twenty milliseconds."""


def distribution(**keys: object) -> DistributionClaim:
    table = common(
        kind="distribution",
        command=("{python}", "-m", "golden"),
        figure="first_event",
        quantile="95 %",
        limit="100 ms",
    )
    return msgspec.convert(table | keys, DistributionClaim)


def trials(**keys: object) -> TrialsClaim:
    table = common("lost", kind="trials", command=("{python}", "-m", "golden"), limit="1 %")
    return msgspec.convert(table | keys, TrialsClaim)


def found(claim: DistributionClaim | TrialsClaim, ending: Ending) -> Finding:
    return examine(claim, case(through=doors(ending=ending)))


def said(line: object) -> Ending:
    return Ending(status=0, output=json.dumps(line) + "\n", errors="")


def test_it_passes_when_the_whole_interval_is_under_the_limit() -> None:
    finding = found(distribution(), figures({"first_event": QUICK, "answer": [9.0]}))
    assert finding.outcome is Outcome.PASSED
    assert finding.figure is not None
    assert finding.figure.estimate == pytest.approx(0.0195, abs=1e-4)
    assert (finding.figure.n, finding.unit, finding.limit) == (1000, "second", Limit("<", 0.1))


def test_values_that_are_too_late_fail_it() -> None:
    late = [0.5 if n % 10 == 0 else 0.01 for n in range(1000)]
    finding = found(distribution(), figures({"first_event": late}))
    assert finding.outcome is Outcome.FAILED
    assert "none of it under 100 ms" in finding.reason


def test_an_interval_that_holds_the_limit_is_undecided() -> None:
    # 5 % are late: the 95 % quantile may be on either side.
    edge = [0.5 if n % 20 == 0 else 0.01 for n in range(1000)]
    finding = found(distribution(), figures({"first_event": edge}))
    assert finding.outcome is Outcome.UNDECIDED
    assert "measure more values" in finding.reason


def test_too_few_values_are_undecided_with_the_number_that_it_takes() -> None:
    finding = found(distribution(), figures({"first_event": QUICK[:103]}))
    assert finding.outcome is Outcome.UNDECIDED
    assert "it takes 104 values" in finding.reason
    assert found(distribution(), figures({"first_event": QUICK[:104]})).outcome is Outcome.PASSED


def test_bytes_and_counts_have_their_own_limits() -> None:
    heavy = said({"figures": {"memory": {"unit": "byte", "values": [9000.0] * 200}}})
    assert found(distribution(figure="memory", limit="10 KiB"), heavy).outcome is Outcome.PASSED
    assert found(distribution(figure="memory", limit="8 KiB"), heavy).outcome is Outcome.FAILED
    many = said({"figures": {"events": {"unit": "event", "values": [15] * 200}}})
    assert found(distribution(figure="events", limit="16"), many).outcome is Outcome.PASSED


def test_a_part_that_cannot_be_had_is_skipped_with_its_reason_and_mandatory_is_not_go(
    tmp_path: Path,
) -> None:
    nothing = said({"skipped": "no PostgreSQL here"})
    for claim in (distribution(), trials(count="lost"), trials()):
        finding = found(claim, nothing)
        assert (finding.outcome, finding.reason) == (Outcome.SKIPPED, "no PostgreSQL here")
    evidence = prove(planned(tmp_path, distribution()), case(through=doors(ending=nothing)))
    assert evidence.proof.decision is Decision.NO_GO
    assert exit_code(evidence.proof.checks) == 3


def test_one_of_several_counts_is_held_against_its_limit() -> None:
    ending = figures({"first_event": QUICK}, {"lost": (1000, 0), "refused": (1000, 50)})
    assert found(trials(count="lost"), ending).outcome is Outcome.PASSED
    assert found(trials(count="refused"), ending).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (figures({"answer": QUICK}), "printed no 'first_event', only answer"),
        (said({"figures": {"first_event": {"unit": "byte", "values": [1]}}}), "the limit 100 ms"),
        (said({"figures": {"first_event": {"unit": "second", "values": []}}}), "values is empty"),
        (said({"figures": {"first_event": {"unit": "", "values": [1]}}}), "unit is empty"),
        (said({"figures": {}}), "neither figures nor counts"),
        (said({"skipped": " "}), "no reason"),
        (said({"skipped": "x", "counts": {"a": {"trials": 1, "failures": 0}}}), "and yet"),
        (said({"figure": {}}), "unknown field"),
        (said([]), "Expected `object`"),
        (Ending(status=0, output='{"figures": NaN}', errors=""), "no such figure"),
        (Ending(status=1, output="", errors="KeyError: 'x'"), "KeyError: 'x'"),
        (Ending(status=None, output="", errors=""), "longer than 60 s"),
    ],
)
def test_a_command_that_measures_nothing_is_an_error_and_never_a_pass(
    ending: Ending, reason: str
) -> None:
    finding = found(distribution(), ending)
    assert finding.outcome is Outcome.ERROR
    assert reason in finding.reason
    assert finding.figure is None


def test_a_count_that_was_not_printed_is_an_error() -> None:
    finding = found(trials(count="lost"), figures({"first_event": QUICK}))
    assert finding.outcome is Outcome.ERROR
    assert "no 'lost'" in finding.reason


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"quantile": "100 %"}, "quantile must lie"),
        ({"quantile": "0.95"}, "not a percentage"),
        ({"limit": "soon"}, "no limit"),
        ({"limit": "0 ms"}, "no limit"),
        ({"figure": " "}, "figure is empty"),
        ({"command": ()}, "command needs"),
        ({"timeout": "soon"}, "not a duration"),
    ],
)
def test_keys_that_could_not_be_meant_are_refused(keys: dict[str, object], reason: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=reason):
        distribution(**keys)


def test_checks_with_one_command_share_one_run_of_it_and_a_system_has_its_own() -> None:
    asked: list[Command] = []

    def run(command: Command) -> Ending:
        asked.append(command)
        return figures({"first_event": QUICK, "answer": QUICK}, {"lost": (1000, 0)})

    through = replace(doors(), run_command=shared(run))
    for claim in (distribution(), distribution(figure="answer"), trials(count="lost")):
        assert examine(claim, case(through=through)).outcome is Outcome.PASSED
    assert len(asked) == 1
    broken = session(head=header(system="sabotage.broken"))
    examine(distribution(), case(broken, through))
    assert [each.system for each in asked] == [None, "sabotage.broken"]


def test_a_run_that_was_ended_too_early_for_another_check_is_run_again_for_it() -> None:
    asked: list[float] = []

    def run(command: Command) -> Ending:
        asked.append(command.timeout_seconds)
        late = command.timeout_seconds < 60
        return (
            Ending(status=None, output="", errors="") if late else figures({"first_event": QUICK})
        )

    through = replace(doors(), run_command=shared(run))
    found_first, again, patient = (
        examine(distribution(timeout=each), case(through=through)).outcome
        for each in ("10 s", "5 s", "60 s")
    )
    assert (found_first, again, patient) == (Outcome.ERROR, Outcome.ERROR, Outcome.PASSED)
    assert asked == [10.0, 60.0]


def test_the_evidence_keeps_what_a_shared_command_printed_once(tmp_path: Path) -> None:
    ending = figures({"first_event": QUICK}, {"lost": (1000, 0)})
    plan = planned(tmp_path, distribution(), trials(count="lost"))
    files = package_files(prove(plan, case(through=doors(ending=ending))))
    (line,) = files["commands.jsonl"].splitlines()
    kept = json.loads(line)
    assert kept["command"] == ["{python}", "-m", "golden"]
    printed = json.loads(kept["ending"]["output"].splitlines()[-1])
    assert printed["figures"]["first_event"]["values"] == QUICK


def test_a_real_child_that_prints_very_many_values_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "golden.py").write_text(
        "import json, os\n"
        "late = 0.5 if os.environ.get('PERFPROOF_SYSTEM') == 'broken' else 0.0\n"
        "values = [0.0123456789 + late] * 30000\n"
        "print(json.dumps({'figures': {'first_event': {'unit': 'second', 'values': values}}}))\n"
    )
    through = replace(doors(tmp_path), run_command=run_command)
    good = examine(distribution(), case(through=through))
    bad = examine(distribution(), case(session(head=header(system="broken")), through))
    assert (good.outcome, bad.outcome) == (Outcome.PASSED, Outcome.FAILED)


def grouped(values: list[float], groups: list[int]) -> Ending:
    return said(
        {"figures": {"first_event": {"unit": "second", "values": values, "groups": groups}}}
    )


def test_values_that_suffer_together_carry_less_than_as_many_of_their_own() -> None:
    # Two stretches of fifty are late as a whole: 4 % of values, and yet no proof of 5 %.
    late = [0.5 if n // 20 in {7, 31} else 0.01 for n in range(1000)]
    by_stretch = [n // 20 for n in range(1000)]
    assert found(distribution(quantile="94 %"), figures({"first_event": late})).outcome is (
        Outcome.PASSED
    )
    finding = found(distribution(quantile="94 %"), grouped(late, by_stretch))
    assert finding.outcome is Outcome.UNDECIDED
    quiet = found(distribution(), grouped(QUICK, [n % 50 for n in range(1000)]))
    assert quiet.outcome is Outcome.PASSED


def test_too_few_values_that_are_all_too_late_fail_it() -> None:
    finding = found(distribution(), grouped([0.5] * 40, [n // 10 for n in range(40)]))
    assert finding.outcome is Outcome.FAILED
    assert "or more, over 100 ms" in finding.reason


@pytest.mark.parametrize("groups", [[1] * 1000, [1, 2]])
def test_groups_that_tell_nothing_are_an_error(groups: list[int]) -> None:
    finding = found(distribution(), grouped(QUICK, groups))
    assert finding.outcome is Outcome.ERROR
    assert "groups" in finding.reason
