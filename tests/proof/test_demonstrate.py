"""Every kind of check against something broken on purpose."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from perfproof.errors import ExitCode, MachineryError
from perfproof.proof import (
    Absent,
    Claim,
    Command,
    Demonstration,
    Doors,
    Ending,
    Measuring,
    demonstrate,
    demonstration_exit_code,
    prove,
)
from perfproof.proof.kinds import KINDS
from perfproof.proof.sabotage import read_sightings, seen_of
from perfproof.record import LeakReport, Outcome, Session
from perfproof.record.counting import CountFigure, CountReport, Span
from tests.proof.planted import (
    MICROSECOND,
    OTHER,
    QUICK,
    TERMS,
    baseline,
    case,
    common,
    counted,
    doors,
    figures,
    header,
    planned,
    sabotaged,
    session,
)
from tests.proof.test_leak_free import FREE, LEAKING

CLAIMS: dict[str, dict[str, object]] = {
    "target": {"benchmark": "*", "limit": "100 us"},
    "trials": {"command": ["{python}", "-m", "probes"], "limit": "0.1 %"},
    "distribution": {
        "command": ["{python}", "-m", "measuring"],
        "figure": "first_event",
        "quantile": "95 %",
        "limit": "100 ms",
    },
    "counts": {"benchmark": "test_quick.py", "meter": "allocations", "limit": 10},
    "leak_free": {"benchmarks": ["test_quick.py"]},
    "baseline": {"baseline": "current", "slower_by": "25 %"},
    "improvement": {"baseline": "current", "benchmark": "*", "faster_by": "10 %"},
}
"""A claim of each kind that holds for the whole system and not for the broken one."""

IDS = (QUICK, OTHER)


def claim(kind: str, **keys: object) -> Claim:
    table = common(kind, kind=kind, sabotage="sabotage.broken", **CLAIMS[kind])
    return msgspec.convert(table | keys, KINDS[kind])


def measured(ids: Sequence[str], system: str | None) -> Session:
    """The broken system takes ten times as long."""
    slower = 10.0 if system == "sabotage.broken" else 0.8
    seconds = {QUICK: 20 * MICROSECOND, OTHER: 50 * MICROSECOND}
    planted = {each: seconds[each] * slower for each in ids}
    return session(planted, seed=3, head=header(system=system))


def run(command: Command) -> Ending:
    """The broken system fails one time in fifty, is late one in ten, allocates more and leaks."""
    broken = command.system == "sabotage.broken"
    if "counts" in command.arguments:
        span = Span(12, 12, 12, 1) if broken else Span(7, 7, 7, 1)
        figure = CountFigure(benchmark=QUICK, meter="allocations", span=span)
        return told(CountReport(counts=(figure,)))
    if "leaks" in command.arguments:
        found = msgspec.structs.replace(LEAKING if broken else FREE, benchmark=QUICK)
        return told(LeakReport(results=(found,)))
    if "measuring" in command.arguments:
        late = 0.15 if broken else 0.02
        return figures({"first_event": [late if n % 10 == 0 else 0.02 for n in range(2000)]})
    return counted(6000, 120 if broken else 0, "user 7 saw user 8" if broken else None)


def told(report: CountReport | LeakReport) -> Ending:
    return Ending(status=0, output=msgspec.json.encode(report).decode(), errors="")


def through(root: Path) -> Doors:
    return replace(doors(root, stored=baseline()), run_command=run)


def shown(root: Path, *claims: Claim, measure: object = measured) -> tuple[Demonstration, ...]:
    sabotaged(root)
    measuring = Measuring(IDS, measure)  # type: ignore[arg-type]
    return demonstrate(planned(root, *claims), measuring, through(root), TERMS)


def test_every_kind_has_a_case_here() -> None:
    assert CLAIMS.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", sorted(CLAIMS))
def test_each_kind_passes_on_the_whole_system_and_turns_red_on_the_broken_one(
    kind: str, tmp_path: Path
) -> None:
    (demonstration,) = shown(tmp_path, claim(kind))
    assert demonstration.red, demonstration
    plan = planned(tmp_path, claim(kind))
    evidence = prove(plan, case(measured(IDS, None), through(tmp_path)))
    (check,) = evidence.proof.checks
    assert check.outcome is Outcome.PASSED, check.reason
    assert check.sabotage is not None
    assert check.sabotage.seen == "2026-01-02T03:04:05+00:00"
    assert check.sabotage.reason == demonstration.reason


def test_a_sabotage_is_measured_once_for_all_its_checks_and_only_what_they_need(
    tmp_path: Path,
) -> None:
    asked: list[tuple[tuple[str, ...], str]] = []

    def measure(ids: Sequence[str], system: str) -> Session:
        asked.append((tuple(ids), system))
        return measured(ids, system)

    shown(tmp_path, claim("target", benchmark=QUICK), claim("trials"), measure=measure)
    assert asked == [((QUICK,), "sabotage.broken")]


def test_what_stays_green_is_said_and_not_recorded(tmp_path: Path) -> None:
    (demonstration,) = shown(tmp_path, claim("target", limit="10 s"))
    assert not demonstration.red
    assert "did not turn red under sabotage.broken (passed)" in str(demonstration)
    assert read_sightings(tmp_path / "sabotage-seen.json") == ()
    assert demonstration_exit_code([demonstration]) is ExitCode.CHECK_FAILED


def test_what_stays_green_now_takes_its_older_sighting_with_it(tmp_path: Path) -> None:
    shown(tmp_path, claim("target"), claim("trials"))
    assert len(read_sightings(tmp_path / "sabotage-seen.json")) == 2

    def mended(ids: Sequence[str], system: str) -> Session:
        return replace_system(measured(ids, None), system)

    shown(tmp_path, claim("target"), measure=mended)
    assert [each.check for each in read_sightings(tmp_path / "sabotage-seen.json")] == ["trials"]


def replace_system(whole: Session, system: str) -> Session:
    return msgspec.structs.replace(
        whole, header=msgspec.structs.replace(whole.header, system=system)
    )


def test_a_check_that_breaks_has_caught_nothing(tmp_path: Path) -> None:
    sabotaged(tmp_path)
    crashing = doors(tmp_path, ending=Ending(status=1, output="", errors="ImportError"))
    plan = planned(tmp_path, claim("trials"))
    (demonstration,) = demonstrate(plan, Measuring((), measured), crashing, TERMS)
    assert demonstration.outcome is Outcome.ERROR
    assert not demonstration.red
    assert read_sightings(tmp_path / "sabotage-seen.json") == ()


def test_a_check_that_is_skipped_has_caught_nothing(tmp_path: Path) -> None:
    sabotaged(tmp_path)
    without = doors(tmp_path, stored=Absent(reason="none is stored"))
    plan = planned(tmp_path, claim("baseline"))
    (demonstration,) = demonstrate(plan, Measuring(IDS, measured), without, TERMS)
    assert not demonstration.red


def test_a_session_of_another_system_shows_nothing(tmp_path: Path) -> None:
    def whole(ids: Sequence[str], _: str) -> Session:
        return measured(ids, None)

    with pytest.raises(MachineryError, match="measured under None"):
        shown(tmp_path, claim("target"), measure=whole)


def test_a_check_is_shown_under_each_of_its_sabotages(tmp_path: Path) -> None:
    sabotaged(tmp_path, "harmless")
    both = claim("target", further_sabotages=["sabotage.harmless"])
    red, green = shown(tmp_path, both)
    assert (red.sabotage, red.red) == ("sabotage.broken", True)
    assert (green.sabotage, green.red) == ("sabotage.harmless", False)
    assert demonstration_exit_code([red, green]) is ExitCode.CHECK_FAILED
    seen = read_sightings(tmp_path / "sabotage-seen.json")
    assert [each.sabotage for each in seen] == ["sabotage.broken"]


def test_checks_without_a_sabotage_are_left_alone(tmp_path: Path) -> None:
    assert shown(tmp_path, claim("target", sabotage=None)) == ()
    assert not (tmp_path / "sabotage-seen.json").exists()


def test_checks_that_were_not_asked_for_keep_what_was_seen_of_them(tmp_path: Path) -> None:
    shown(tmp_path, claim("trials"))
    shown(tmp_path, claim("target"))
    checks = [each.check for each in read_sightings(tmp_path / "sabotage-seen.json")]
    assert checks == ["target", "trials"]


def test_each_is_told_as_soon_as_it_is_there_and_all_red_ends_well(tmp_path: Path) -> None:
    sabotaged(tmp_path)
    told: list[Demonstration] = []
    plan = planned(tmp_path, claim("target"), claim("trials"))
    done = demonstrate(plan, Measuring(IDS, measured), through(tmp_path), TERMS, tell=told.append)
    assert told == list(done)
    assert demonstration_exit_code(done) is ExitCode.PASS
    assert str(done[0]).startswith("target turned red under sabotage.broken: ")


def test_the_record_holds_commit_and_reason_and_survives_reading(tmp_path: Path) -> None:
    (demonstration,) = shown(tmp_path, claim("trials"))
    content = json.loads((tmp_path / "sabotage-seen.json").read_text())
    (seen,) = content["sightings"]
    assert seen["commit"] == "a" * 40
    assert "user 7 saw user 8" in seen["reason"]
    today = seen_of(claim("trials"), read_sightings(tmp_path / "sabotage-seen.json"), tmp_path)
    assert today is not None
    assert today.reason == demonstration.reason
