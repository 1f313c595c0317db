"""Import times: what importtime wrote, real processes, and planted differences."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfproof.errors import UseError
from perfproof.measure.imports import import_runs, parse_importtime
from perfproof.measure.worker_process import Surroundings
from perfproof.store import load
from tests.cli.running import perfproof
from tests.cli.versions import git

WRITTEN = """import time: self [us] | cumulative | imported package
import time:       120 |        120 |   a.inner
something the module printed
import time:        30 |        150 | a
import time:         5 |          5 | a
"""


def test_own_and_cumulative_seconds_are_read_and_what_else_was_written_is_not() -> None:
    run = parse_importtime(WRITTEN)
    assert run.self_seconds == pytest.approx({"a.inner": 120e-6, "a": 35e-6})
    assert run.cumulative_seconds == pytest.approx({"a.inner": 120e-6, "a": 155e-6})


def test_what_the_interpreter_imports_before_is_not_charged(tmp_path: Path) -> None:
    (tmp_path / "slim.py").write_text("")
    (run,) = import_runs("slim", {"base": Surroundings(tmp_path, {})}, 1)["base"]
    assert list(run.self_seconds) == ["slim"]


@pytest.mark.parametrize(
    ("package", "said"),
    [
        ("no_such_module_here", "failed"),
        ("os; print()", "not the name"),
        ("sys", "the interpreter has it imported before"),
    ],
)
def test_what_cannot_be_imported_is_refused(tmp_path: Path, package: str, said: str) -> None:
    with pytest.raises(UseError, match=said):
        import_runs(package, {"base": Surroundings(tmp_path, {})}, 1)


def test_a_module_that_became_slow_is_found_and_what_was_added_is_named(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": "[tool.perfproof]\n",
        ".gitignore": ".perfproof/\n__pycache__/\n",
        "parcels/__init__.py": "import parcels.inner\n",
        "parcels/inner.py": "X = sum(range(1000))\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    (tmp_path / "parcels/inner.py").write_text(
        "import time\nimport parcels.more\ntime.sleep(0.02)\n"
    )
    (tmp_path / "parcels/more.py").write_text("")
    done = perfproof(tmp_path, "imports", "parcels", "HEAD", "--processes", "10")
    assert done.returncode == 1, done.stdout + done.stderr
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line.strip()}
    assert lines["parcels.inner"].endswith("slower")
    assert lines["parcels.more"].endswith("added")
    (kept,) = (tmp_path / ".perfproof/imports").glob("*.jsonl")
    assert done.stderr == f"kept in {kept}\n"
    again = perfproof(tmp_path, "imports", str(kept))
    assert (again.returncode, again.stdout, again.stderr) == (1, done.stdout, "")
    table = load(kept)
    assert set(table["kind"]) == {"import"}
    assert table.groupby("side", observed=True)["process"].nunique().to_dict() == {
        "base": 10,
        "head": 10,
    }
    assert set(table.loc[table["name"] == "parcels.more", "side"]) == {"head"}


def test_one_version_is_kept_where_it_is_asked_for_and_told_again(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.perfproof]\n")
    (tmp_path / "slim.py").write_text("")
    done = perfproof(tmp_path, "imports", "slim", "--processes", "3", "-o", "slim.kept")
    assert (done.returncode, done.stderr) == (0, "kept in slim.kept\n")
    assert not (tmp_path / ".perfproof").exists()
    again = perfproof(tmp_path, "imports", "slim.kept", "--strict")
    assert (again.returncode, again.stdout) == (0, done.stdout)
    for words, said in (
        (("slim.kept", "HEAD"), "is told as it was asked"),
        (("gone.jsonl",), "gone.jsonl: does not exist"),
        (("./pyproject.toml",), "is no file of imports"),
    ):
        refused = perfproof(tmp_path, "imports", *words)
        assert refused.returncode == 2, refused.stderr
        assert said in refused.stderr
        assert refused.stderr.count("\n") == 1
