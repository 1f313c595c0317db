from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

from perfproof.errors import MachineryError
from perfproof.proof import Command, Doors, Ending, Finding, run_command
from perfproof.proof.judging import failure_rate, trials_needed
from perfproof.proof.kinds.trials import TrialsClaim
from perfproof.proof.prove import examine
from perfproof.record import Limit, Outcome
from tests.proof.planted import NOW, TERMS, case, common, counted, doors, header, session


def trials(**keys: object) -> TrialsClaim:
    table = common(kind="trials", command=("{python}", "-m", "probes"), limit="0.1 %")
    return msgspec.convert(table | keys, TrialsClaim)


def found(claim: TrialsClaim, ending: Ending) -> Finding:
    return examine(claim, case(through=doors(ending=ending)))


def test_it_passes_when_nothing_failed_in_enough_trials() -> None:
    finding = found(trials(), counted(6000))
    assert finding.outcome is Outcome.PASSED
    assert finding.figure is not None
    assert (finding.figure.estimate, finding.figure.n) == (0.0, 6000)
    assert finding.limit == Limit("<=", 0.001)


def test_it_fails_on_one_failure_and_shows_it() -> None:
    finding = found(trials(), counted(10**6, 1, "user 7 saw user 8"))
    assert finding.outcome is Outcome.FAILED
    assert "user 7 saw user 8" in finding.reason


def test_an_endless_example_is_quoted_in_part() -> None:
    assert len(found(trials(), counted(9000, 1, "x" * 60_000)).reason) < 600
    endless = Ending(status=1, output="", errors="x" * 60_000)
    assert len(found(trials(), endless).reason) < 600


def test_it_is_undecided_on_too_few_trials_and_says_how_many_it_takes() -> None:
    finding = found(trials(), counted(900))
    assert finding.outcome is Outcome.UNDECIDED
    needed = int(finding.reason.split("takes ")[1].split()[0])
    assert found(trials(), counted(needed)).outcome is Outcome.PASSED
    assert found(trials(), counted(needed - 1)).outcome is Outcome.UNDECIDED


def test_failures_may_be_allowed_where_the_rate_is_proved_low() -> None:
    allowing = trials(limit="1 %", max_failures=5)
    assert found(allowing, counted(5000, 5)).outcome is Outcome.PASSED
    assert found(allowing, counted(600, 5)).outcome is Outcome.UNDECIDED
    assert found(allowing, counted(5000, 6)).outcome is Outcome.FAILED
    # Few failures, but of so few trials that the rate is surely too high.
    assert found(allowing, counted(10, 5)).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        (Ending(status=1, output="", errors="Traceback\nKeyError: 'x'\n"), "KeyError: 'x'"),
        (Ending(status=1, output='{"trials": 9999, "failures": 0}', errors=""), "exit status 1"),
        (Ending(status=-11, output="", errors=""), "signal 11"),
        (Ending(status=None, output="", errors="waiting"), "longer than 60 s"),
        (Ending(status=0, output="", errors="quiet"), "printed nothing; its last words: quiet"),
        (Ending(status=0, output="all good\n", errors=""), "no count of trials"),
        (Ending(status=0, output="[1]\n", errors=""), "no count of trials"),
        (Ending(status=0, output='{"trials": 9}\n', errors=""), "missing required field"),
        (Ending(status=0, output='{"trials":9,"failures":0,"ok":1}', errors=""), "unknown field"),
        (Ending(status=0, output='{"trials":true,"failures":0}', errors=""), "Expected `int`"),
        (counted(0), "nothing was tried"),
        (counted(9, 10), "10 of 9"),
        (counted(9, -1), "-1 of 9"),
    ],
)
def test_a_command_that_does_not_count_is_an_error_and_never_a_pass(
    ending: Ending, said: str
) -> None:
    finding = found(trials(), ending)
    assert finding.outcome is Outcome.ERROR
    assert said in finding.reason
    assert finding.figure is None


def test_a_program_that_is_not_there_is_an_error() -> None:
    def refuse(command: Command) -> Ending:
        raise MachineryError("cannot be started", where=command.arguments[0])

    door = Doors(
        root=Path(), run_command=refuse, find_baseline=doors().find_baseline, now=lambda: NOW
    )
    finding = examine(trials(), case(through=door))
    assert finding.outcome is Outcome.ERROR
    assert "cannot be started" in finding.reason


def test_the_command_gets_the_interpreter_the_project_the_system_and_its_time() -> None:
    seen: list[Command] = []

    def run(command: Command) -> Ending:
        seen.append(command)
        return counted(1)

    door = Doors(
        root=Path("/project"),
        run_command=run,
        find_baseline=doors().find_baseline,
        now=lambda: NOW,
    )
    measured = session({}, head=header(system="peers.plain"))
    examine(trials(timeout="3 s"), case(measured, door))
    assert seen == [
        Command(
            arguments=(sys.executable, "-m", "probes"),
            folder=Path("/project"),
            system="peers.plain",
            timeout_seconds=3.0,
        )
    ]


def test_a_real_child_is_counted(tmp_path: Path) -> None:
    (tmp_path / "probes.py").write_text(
        "import json, os\n"
        "failures = int(os.environ.get('PERFPROOF_SYSTEM') == 'broken')\n"
        "print(json.dumps({'trials': 6000, 'failures': failures}))\n"
    )
    door = Doors(
        root=tmp_path,
        run_command=run_command,
        find_baseline=doors().find_baseline,
        now=lambda: NOW,
    )
    good = examine(trials(), case(session({}), door))
    bad = examine(trials(), case(session({}, head=header(system="broken")), door))
    assert (good.outcome, bad.outcome) == (Outcome.PASSED, Outcome.FAILED)


@pytest.mark.parametrize("failures", [0, 1, 7])
@pytest.mark.parametrize("highest", [0.5, 0.01, 1e-5])
def test_the_number_of_trials_needed_is_the_smallest_that_would_do(
    failures: int, highest: float
) -> None:
    needed = trials_needed(failures, highest, TERMS)
    assert needed is not None
    enough, too_few = (failure_rate(failures, n, TERMS).high for n in (needed, needed - 1))
    assert enough is not None
    assert too_few is not None
    assert enough <= highest < too_few


def test_a_rate_that_no_number_of_trials_shows_is_said_to_be_one() -> None:
    assert trials_needed(0, 1e-15, TERMS) is None


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"limit": "0 %"}, "no number of trials"),
        ({"limit": "100 %"}, "between"),
        ({"limit": "0.1"}, "not a percentage"),
        ({"command": ()}, "command needs"),
        ({"command": ("a", "")}, "command needs"),
        ({"max_failures": -1}, "max_failures"),
        ({"timeout": "soon"}, "not a duration"),
        ({"id": "-x"}, "id"),
        ({"id": "a b"}, "id"),
        ({"claim": " "}, "claim"),
        ({"sabotage": "../x"}, "dotted name"),
    ],
)
def test_keys_that_could_not_be_meant_are_refused(keys: dict[str, object], said: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=said):
        trials(**keys)
