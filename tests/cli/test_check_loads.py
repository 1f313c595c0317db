"""`perfproof check` with targets of loads, on servers with planted behaviour."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.running import perfproof
from tests.cli.versions import write

SERVER = (Path(__file__).parents[1] / "measure" / "loaded_server.py").read_text()
SCENARIO = """\
url = "ws://127.0.0.1:{port}/ws"
rate = 400
duration = "3 s"
warmup = "0.1 s"
connections = 2
message = '{"id":"{id}"}'
answered = '"answer"'
refused = '"error"'
ready = "listening"
awake = false
start = ["{python}", "server.py", "{port}", PLANTED]
"""
TARGETS = """\
[[target]]
load = "loads/echo.toml"
quantile = "QUANTILE"
limit = "LIMIT"

[[target]]
benchmark = "*"
limit = "900 s"
"""
PROJECT = """\
[tool.perfproof]
pytest = ["suite"]
pyperf = []
processes = 4
blocks = 2
block = "0.3 ms"
warmup = "1 ms"
targets = "targets.toml"
"""


def project(root: Path, *planted: str, limit: str = "4 s", quantile: str = "99 %") -> Path:
    words = ", ".join(f'"{each}"' for each in planted)
    write(
        root,
        {
            "pyproject.toml": PROJECT,
            "suite/test_it.py": "def test_it(benchmark):\n    benchmark(int)\n",
            "server.py": SERVER,
            "loads/echo.toml": SCENARIO.replace("PLANTED", words),
            "targets.toml": TARGETS.replace("LIMIT", limit).replace("QUANTILE", quantile),
        },
    )
    return root


def checked(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``perfproof check``, again where others had the cores; skip where they always have."""
    for _ in range(3):
        done = perfproof(root, "check", "--quiet", *words, timeout=300)
        if done.returncode != 4:
            return done
    pytest.skip("others had the cores in every try")


def test_a_load_and_benchmarks_are_met_in_one_table(tmp_path: Path) -> None:
    # A delay far over any lateness: the driver is no bottleneck, however busy the machine.
    done = checked(project(tmp_path, "--delay", "1", quantile="50 %"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "50 % latency" in done.stdout
    assert "2 met." in done.stdout
    assert list((tmp_path / ".perfproof/loads").glob("*.load.json"))


@pytest.mark.parametrize(
    ("planted", "reason"),
    [
        (("--stall", "0.5", "--every", "1"), "of the requests took longer than the limit"),
        pytest.param(("--delay", "0.5"), "", marks=pytest.mark.long),
        pytest.param(
            ("--refuse-every", "30"),
            "requests had no answer, more than 0 %, as in: ",
            marks=pytest.mark.long,
        ),
        (("--no-such-option",), "no load could be put on: "),
    ],
)
def test_a_faulty_server_misses_and_is_named(
    tmp_path: Path, planted: tuple[str, ...], reason: str
) -> None:
    done = checked(project(tmp_path, *planted, limit="200 ms"), "--load", "echo", "--json")
    assert done.returncode == 1, done.stdout + done.stderr
    (result,) = json.loads(done.stdout.splitlines()[-1])["results"]
    assert (result["benchmark"], result["verdict"]) == ("loads/echo.toml", "missed"), result
    assert reason in (result["reason"] or ""), result


def test_who_chooses_benchmarks_gets_no_load_and_the_other_way_round(tmp_path: Path) -> None:
    # The server cannot start: whoever means it gets red.
    root = project(tmp_path, "--no-such-option")
    chosen = perfproof(root, "check", "--quiet", "-k", "test_it")
    assert (chosen.returncode, "1 met." in chosen.stdout) == (0, True), chosen.stderr
    both = perfproof(root, "check", "--quiet", "--load", "echo.toml", "-k", "test_it")
    assert (both.returncode, "1 missed, 1 met." in both.stdout) == (1, True), both.stderr


def test_a_stored_session_holds_no_load_and_that_is_said(tmp_path: Path) -> None:
    root = project(tmp_path, "--delay", "1")
    assert perfproof(root, "check", "--quiet", "-k", "test_it").returncode == 0
    (session,) = (root / ".perfproof/sessions").glob("*.jsonl")
    done = perfproof(root, "check", "--session", str(session), "--strict")
    assert done.returncode == 3, done.stderr
    assert "99 % latency: a session's file holds no load" in done.stdout


@pytest.mark.parametrize(
    ("limit", "words", "sentence"),
    [
        ("10 s", (), "is not below the timeout of 10 s in loads/echo.toml"),
        ("1 s", ("--load", "ecko"), "no [[target]] is of a load that is called 'ecko'"),
        ("1 s", ("--load", "echo", "--session", "x.jsonl"), "--session measures nothing"),
    ],
)
def test_bad_use_of_loads_is_one_sentence(
    tmp_path: Path, limit: str, words: tuple[str, ...], sentence: str
) -> None:
    done = perfproof(project(tmp_path, limit=limit), "check", *words)
    assert done.returncode == 2, done.stdout
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_load_with_too_few_requests_for_its_quantile_is_refused_with_the_number(
    tmp_path: Path,
) -> None:
    root = project(tmp_path)
    path = root / "loads/echo.toml"
    path.write_text(path.read_text().replace("rate = 400", "rate = 40"))
    done = perfproof(root, "check", "--load", "echo")
    assert done.returncode == 2
    assert "loads/echo.toml makes 120 requests; a 99 % quantile takes" in done.stderr
