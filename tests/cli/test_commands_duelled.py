"""Programs in a duel: exit status, output, wall, CPU time and peak memory, each seen red."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import perfproof
from tests.measure.repositories import new_repository, write

CALM = "import time\n\ntime.sleep(0.1)\n"
BURNS_BESIDE = """\
import threading
import time


def burn():
    while time.thread_time() < 0.05:
        pass


beside = threading.Thread(target=burn)
beside.start()
time.sleep(0.1)
beside.join()
"""
PROJECT = '[project]\nname = "parcel"\nversion = "1"\n\n[tool.perfproof]\npytest = []\n'
COMMANDS = "".join(
    f'\n[[tool.perfproof.command]]\nname = "{name}"\ncommand = ["{{python}}", "{name}.py"]\n'
    for name in ("beside", "keeps", "ends", "says")
)
SCRIPT = """\
import sys
import pyperf

if __name__ == "__main__":
    runner = pyperf.Runner()
    for name in ("beside", "keeps", "ends"):
        runner.bench_command(name, [sys.executable, name + ".py"])
"""
BASE = {
    "beside.py": CALM,
    "keeps.py": "",
    "ends.py": "",
    "says.py": "print('the same')\n",
}
WORDS = ("compare", "--margin", "60 %", "--quiet", "--pairs", "4", "--no-confirm")


def rows(output: str, heading: str) -> dict[str, list[str]]:
    """The words of each row of the table that begins with this heading."""
    lines = output.splitlines()
    begin = next((place for place, line in enumerate(lines) if line.startswith(heading)), None)
    found: dict[str, list[str]] = {}
    for line in lines[begin + 1 :] if begin is not None else ():
        if " % [" not in line and " x " not in line:
            break
        found[line.split()[0]] = line.split()
    return found


@pytest.mark.parametrize(
    "kind", ["configuration", pytest.param("bench_command", marks=pytest.mark.long)]
)
def test_each_way_in_which_a_program_gets_worse_is_seen(tmp_path: Path, kind: str) -> None:
    of_script = {"pyproject.toml": PROJECT, "perf_programs.py": SCRIPT}
    of_project = {"pyproject.toml": PROJECT + "pyperf = []\n" + COMMANDS}
    files = of_project if kind == "configuration" else of_script
    root = new_repository(tmp_path / "parcel", {**BASE, **files})
    worse = {
        "beside.py": BURNS_BESIDE,
        "keeps.py": "kept = b'x' * (30 << 20)\n",
        "ends.py": "raise SystemExit(3)\n",
        "says.py": "print('another')\n",
    }
    write(root, worse)
    done = perfproof(root, *WORDS)
    assert done.returncode == 1, done.stdout + done.stderr
    place = "command" if kind == "configuration" else "perf_programs.py"
    cpu, wall = rows(done.stdout, "CPU time"), rows(done.stdout, "benchmark")
    assert "slower" in cpu["beside"], done.stdout
    assert "slower" not in wall["beside"], done.stdout
    assert "larger" in rows(done.stdout, "peak memory")["keeps"], done.stdout
    assert f"{place}::ends: failed on the head:" in done.stdout
    assert "ended with 3" in done.stdout
    if kind == "configuration":
        assert f"{place}::says: failed on the head: its output differs" in done.stdout
    (path,) = (root / ".perfproof/duelled").glob("*.jsonl")
    again = perfproof(root, "compare", str(path))
    assert again.returncode == 1, again.stderr
    assert (rows(again.stdout, "CPU time"), rows(again.stdout, "benchmark")) == (cpu, wall)
