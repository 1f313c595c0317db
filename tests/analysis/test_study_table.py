"""The figures say what the recordings hold, and the table says so when a goal is missed."""

import csv
import math
from pathlib import Path

import pandas as pd
import pytest

from analysis.study.counting import Count, wilson
from analysis.study.goals import GOALS, met
from analysis.study.judge import Study, held, judge, rms_points
from analysis.study.planted import true_ratios
from analysis.study.table import lines, markdown, write_csv
from analysis.study.verdicts import COLUMNS

SLOWER = next(goal for goal in GOALS if goal.scenario == "grown_3")
ALARMS = GOALS[0]


def verdicts(recipe: str, how: str, words: dict[str, int], seconds: float = 2.0) -> pd.DataFrame:
    told = [word for word, count in words.items() for _ in range(count)]
    rows = [
        (recipe, how, False, number // 20, "b", word, word, 9, seconds)
        for number, word in enumerate(told)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def study(*frames: pd.DataFrame, points: float = 0.1) -> Study:
    errors = pd.DataFrame(
        [
            (False, name, seconds, 20, sign * math.log1p(points / 100))
            for name in ("json", "allocation")
            for seconds in (5.0, 10.0)
            for sign in (1, -1)
        ],
        columns=["loaded", "benchmark", "seconds", "pairs", "log_ratio"],
    )
    nothing = pd.DataFrame([], columns=["segments", "minutes", "pairs"])
    fifty = ["loaded", "wall_seconds", "slower", "undecided", "tests"]
    return Study(
        verdicts=pd.concat([pd.DataFrame([], columns=COLUMNS), *frames], ignore_index=True),
        own=pd.DataFrame([], columns=COLUMNS),
        errors=errors,
        fifty=pd.DataFrame([(False, 130.0, 0, 1, 50), (True, 90.0, 0, 0, 50)], columns=fifty),
        truth=true_ratios(Path("none")),
        recorded=nothing,
        notes=("a note",),
    )


def test_wilson_agrees_with_a_published_example() -> None:
    # Newcombe 1998, Statist. Med. 17:857-872, table I: 81 of 263, and 0 of 20.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    low, high = wilson(20, 20)
    assert (1 - high, 1 - low) == pytest.approx(wilson(0, 20))


def test_a_goal_is_not_met_when_the_data_says_so() -> None:
    good = verdicts("grown_3-fixed", "resampled", {"slower": 2000, "undecided": 4})
    bad = verdicts("grown_3-fixed", "resampled", {"slower": 1900, "undecided": 104})
    late = verdicts("grown_3-fixed", "resampled", {"slower": 2000}, seconds=3.5)
    alarm = verdicts("identical-live", "live", {"same": 98, "slower": 2})
    said = {
        name: {line.figure: line.met for line in lines(study(frame))}
        for name, frame in {"good": good, "bad": bad, "late": late, "alarm": alarm}.items()
    }
    assert said["good"][SLOWER.what] == "met"
    assert said["bad"][SLOWER.what] == "not met"
    assert said["late"][SLOWER.what] == "not met"
    assert said["alarm"][ALARMS.what] == "not met"
    assert said["alarm"]["suite of 20 of identical code with any slower"] == "not met"
    assert said["good"]["planted +5 % called slower"] == "not measured"


def test_one_way_of_counting_that_misses_is_named() -> None:
    counts = {"live": Count(19, 20), "resampled": Count(4000, 4000)}
    assert met(SLOWER, counts, {"live": 1.0, "resampled": 1.0}) == "not met (live)"
    few = {"live": Count(20, 20), "resampled": Count(0, 0)}
    assert met(SLOWER, few, {"live": 1.0}) == "met, though its interval reaches beyond"


def test_the_error_is_that_of_the_kind_of_work_asked_for() -> None:
    errors = study(points=0.3).errors
    errors.loc[errors.benchmark == "json", "log_ratio"] = 0.0
    assert rms_points(errors, 10.0, "allocation")[0] == pytest.approx(0.3, abs=0.01)
    assert rms_points(errors, 10.0, "!allocation") == (0.0, 2)
    assert [line.met for line in lines(study(points=0.3)) if "error" in line.figure] == [
        "not met",
        "not met",
    ]


def test_the_longest_job_of_fifty_counts() -> None:
    (line,) = (line for line in lines(study()) if "50 tests" in line.figure)
    assert line.met == "not met"
    assert line.live.startswith("alone 130 s; beside the load 90 s; ")


def test_the_table_tells_notes_and_loads_apart(tmp_path: Path) -> None:
    live = verdicts("grown_3-live", "live", {"slower": 40})
    text = markdown(study(live))
    assert "| 40/40 [91.2, 100] % |" in text
    assert "- a note" in text
    write_csv(study(live), tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="") as file:
        rows = {(row["segments"], row["figure"]): row for row in csv.DictReader(file)}
    assert rows["loaded", SLOWER.what]["live"] == "not measured"
    assert rows["quiet", SLOWER.what]["live"].startswith("40/40")


def test_a_verdict_that_never_came_takes_for_ever() -> None:
    frame = verdicts("grown_3-live", "live", {"slower": 19, "undecided": 21})
    (found,) = (each for each in held(study(frame)) if each.goal is SLOWER)
    assert math.isinf(found.medians["live"])


def test_nothing_recorded_is_not_measured(tmp_path: Path) -> None:
    assert {line.met for line in lines(judge(tmp_path, suites=2))} == {"not measured"}
