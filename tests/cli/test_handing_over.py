"""`perfproof compare --summary --junit --json`: what a CI system takes of a comparison."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest

from perfproof.cli.handing_over import Handover
from perfproof.cli.retelling import fought_in, retold
from perfproof.errors import ExitCode
from perfproof.record import Session, Trouble, encode_session
from perfproof.record.reported import ComparisonReport
from tests.cli.duelled import pairs, session
from tests.cli.running import perfproof

SLOWER = ExitCode.CHECK_FAILED


@pytest.fixture
def duel(tmp_path: Path) -> Path:
    """A folder with the file of a duel: one slower, one the same, one that raised."""
    raised = Trouble(benchmark="b.py::c", process=1, kind="failed", reason="boom", side="head")
    measured = session(
        pairs("b.py::a", range(8), slower=1.5),
        pairs("b.py::a", range(20, 28), slower=1.5, part="confirmation"),
        pairs("b.py::b", range(8)),
        pairs("b.py::c", range(1)),
        pairs("b.py::a", range(10, 14), part="null"),
        troubles=(raised,),
    )
    (tmp_path / "duel.jsonl").write_bytes(encode_session(measured))
    return tmp_path


def test_one_run_hands_over_all_three_and_they_agree(duel: Path) -> None:
    (duel / "summary.md").write_text("# what another step said\n")
    where = ("--summary", "summary.md", "--junit", "out.xml", "--json")
    done = perfproof(duel, "compare", "duel.jsonl", *where)
    assert done.returncode == SLOWER, done.stderr
    report = msgspec.json.decode(done.stdout.splitlines()[-1], type=ComparisonReport)
    (told,) = report.comparisons
    assert {each.benchmark: each.verdict.value for each in told.results} == {
        "b.py::a": "slower",
        "b.py::b": "same",
    }
    assert [each.benchmark for each in report.troubles] == ["b.py::c"]
    assert report.exit_code == SLOWER
    (suite,) = ET.parse(duel / "out.xml").getroot()
    endings = {each.get("name"): each[0].tag for each in suite}
    assert {name: endings[name] for name in ("a", "b", "c")} == {
        "a": "failure",
        "b": "system-out",
        "c": "error",
    }
    summary = (duel / "summary.md").read_text()
    assert summary.startswith("# what another step said\n")
    assert "| slower | `b.py::a` |" in summary
    assert "- `b.py::c`: failed on the head: boom" in summary


@pytest.mark.parametrize("option", ["--summary", "--junit"])
def test_a_place_that_takes_no_file_is_refused_before_anything_is_measured(
    duel: Path, option: str
) -> None:
    done = perfproof(duel, "compare", "duel.jsonl", option, "nowhere/out")
    assert (done.returncode, done.stdout) == (ExitCode.BAD_USE, "")
    assert "nowhere/out: no file can be written there; name a file" in done.stderr


def test_what_is_measured_again_has_the_last_word(tmp_path: Path) -> None:
    """Stored numbers first, then a duel of what they left undecided: one case a benchmark."""

    def taken(measured: Session) -> None:
        handover.take(retold(measured), fought_in(measured).lost.values(), seconds=2.0)

    handover = Handover(junit=tmp_path / "out.xml")
    taken(session(pairs("a", range(8)), pairs("b", range(8))))
    again = pairs("b", range(20, 28), slower=1.5, part="confirmation")
    taken(session(pairs("b", range(8), slower=1.5), again, pairs("b", range(10, 14), part="null")))
    handover.give(SLOWER)
    (suite,) = ET.parse(tmp_path / "out.xml").getroot()
    times = {each.get("name"): each[0].tag for each in suite if "(" not in str(each.get("name"))}
    assert times == {"a": "system-out", "b": "failure"}
    assert suite.get("time") == "4.000"
