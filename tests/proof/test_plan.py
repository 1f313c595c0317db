from __future__ import annotations

from pathlib import Path

import pytest

from perfproof.errors import SettingError
from perfproof.proof import benchmarks_needed, read_plan, select
from perfproof.proof.kinds import KINDS
from perfproof.proof.kinds.trials import TrialsClaim
from tests.proof.planted import OTHER, QUICK, sabotaged

PLAN = """\
title = "A proof"

[[phase]]
id = "3"
title = "3 Agent pipeline"

[[phase]]
id = "4"
title = "4 Performance"

[[check]]
id = "isolation"
phase = "3"
claim = "One user's event never reaches another user"
kind = "trials"
command = ["{python}", "-m", "benchmarks.probes", "isolation"]
limit = "0.1 %"
max_failures = 0
timeout = "60 s"
mandatory = true
sabotage = "sabotage.broken"

[[check]]
id = "manager-creation"
phase = "4"
claim = "A manager is made in under 0.5 ms"
kind = "target"
benchmark = "*test_quick[1]"
limit = "0.5 ms"

[[check]]
id = "first-event"
phase = "4"
claim = "95 % of the first events come within 100 ms"
kind = "distribution"
command = ["{python}", "-m", "benchmarks.golden"]
figure = "first_event"
quantile = "95 %"
limit = "100 ms"

[[check]]
id = "leak-free"
phase = "4"
claim = "Nothing is kept of a call"
kind = "leak_free"
benchmarks = ["benchmarks/test_quick.py"]

[[check]]
id = "frugal"
phase = "4"
claim = "A call allocates at most ten times"
kind = "counts"
benchmark = "benchmarks/test_quick.py"
meter = "allocations"
limit = 10

[[check]]
id = "no-slower"
phase = "4"
claim = "Not slower than the stored baseline by 25 %"
kind = "baseline"
baseline = "current"
slower_by = "25 %"
mandatory = false

[[check]]
id = "improvement"
phase = "4"
claim = "25 % faster than the first version"
kind = "improvement"
baseline = "first-version"
benchmark = "*test_other"
faster_by = "25 %"
"""


def written(root: Path, text: str = PLAN) -> Path:
    sabotaged(root)
    path = root / "proof.toml"
    path.write_text(text)
    return path


def test_every_kind_is_read_in_the_order_of_the_file(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path), tmp_path)
    assert [each.id for each in plan.claims] == [
        "isolation",
        "manager-creation",
        "first-event",
        "leak-free",
        "frugal",
        "no-slower",
        "improvement",
    ]
    assert {each.kind for each in plan.claims} == KINDS.keys()
    assert isinstance(plan.claims[0], TrialsClaim)
    assert plan.claims[0].sabotage == "sabotage.broken"
    assert [each.mandatory for each in plan.claims] == [True, True, True, True, True, False, True]
    assert plan.phase_title("4") == "4 Performance"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "target"', 'kind = "targte"', "did you mean 'target'"),
        ('kind = "target"\n', "", "kind is missing"),
        ('kind = "target"', "kind = 3", "unknown kind '3'"),
        ('limit = "0.5 ms"', 'limits = "0.5 ms"', "unknown key 'limits'"),
        ('limit = "0.5 ms"', 'limit = "soon"', "not a duration"),
        ('phase = "3"', 'phase = "33"', "unknown phase '33'"),
        ('id = "no-slower"', 'id = "isolation"', "two of the same check: 'isolation'"),
        ('id = "4"', 'id = "3"', "two of the same phase: '3'"),
        ('title = "4 Performance"', 'title = "3 Agent pipeline"', "two of the same phase title"),
        ('phase = "3"', 'phase = "4"', "phase '3' has no check"),
        ("sabotage.broken", "sabotage.gone", "no module of the project"),
        ("sabotage.broken", "os.path", "no module of the project"),
        ("sabotage.broken", "../../etc/x", "dotted name of a module"),
        ('title = "A proof"', "titel = 1", "unknown key 'titel'"),
        ('title = "A proof"\n', "", "title"),
        ("[[phase]]", "[phase]", "is not TOML|refused"),
        ('"{python}", "-m"', '"", "-m"', "no argument may be empty"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_measured(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in PLAN
    path = written(tmp_path, PLAN.replace(old, new))
    with pytest.raises(SettingError, match=said):
        read_plan(path, tmp_path)


def test_a_proof_that_could_only_say_go_is_refused(tmp_path: Path) -> None:
    text = PLAN.replace("mandatory = true", "").replace("mandatory = false", "")
    path = written(tmp_path, text.replace('kind = "', 'mandatory = false\nkind = "'))
    with pytest.raises(SettingError, match="could only be GO"):
        read_plan(path, tmp_path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="cannot be read"):
        read_plan(tmp_path / "none.toml", tmp_path)


def test_some_checks_alone_leave_the_mandatory_others_out(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path), tmp_path)
    part = select(plan, ["manager-creation"])
    assert [each.id for each in part.claims] == ["manager-creation"]
    assert part.left_out == ("isolation", "first-event", "leak-free", "frugal", "improvement")
    assert select(plan, []) is plan


def test_an_unknown_check_is_refused_with_the_nearest(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path), tmp_path)
    with pytest.raises(SettingError, match="did you mean 'isolation'"):
        select(plan, ["isolaton"])


def test_only_what_the_checks_rest_on_is_measured(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path), tmp_path)
    ids = ["a.py::first", OTHER, QUICK]
    assert benchmarks_needed(plan, ids) == ids
    assert benchmarks_needed(select(plan, ["isolation"]), ids) == []
    assert benchmarks_needed(select(plan, ["manager-creation"]), ids) == [QUICK]
    assert benchmarks_needed(select(plan, ["improvement", "manager-creation"]), ids) == [
        OTHER,
        QUICK,
    ]
    with pytest.raises(SettingError, match="no benchmark is meant"):
        benchmarks_needed(select(plan, ["improvement"]), [QUICK])
