"""Every command on a foreign project, from its installed console script to its exit code."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

import perfproof as package
from perfproof.record import decode_session
from tests.cli.running import PERFPROOF, perfproof, surroundings


def sessions(root: Path) -> list[Path]:
    return sorted((root / ".perfproof/sessions").glob("*.jsonl"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("rnu",), "unknown command 'rnu' (did you mean 'run'?)"),
        (("run", "--proceses", "3"), "did you mean '--processes'?"),
        (("compare", "--env", "buit"), "unknown value of --env 'buit' (did you mean 'built'?)"),
        (("counts", "--only", "x"), "'x' (choose instructions, allocations)"),
        (("baseline", "prun"), "unknown command 'prun' (did you mean 'prune'?)"),
        (("leaks", "--jobs", "none"), "'none' is not a whole number from 1"),
        (("load",), "the following arguments are required: SCENARIO"),
        (("imports",), "the following arguments are required: PACKAGE"),
        (("run", "--processes", "0"), "'0' is not a whole number from 1"),
        ((), "the following arguments are required: COMMAND"),
        (("run", "benchmarks/test_parcel.py::test_srt"), "did you mean"),
        (("run", "-k", "weigh and"), "is not an expression"),
        (("run", "--system", "../evil"), "is not the name of a module"),
        (("check", "--session", "nowhere.jsonl"), "nowhere.jsonl"),
        (("compare", "baseline:nothing"), "nothing"),
        (("baseline", "save", "name"), "no session was measured here yet"),
        (("prove",), "no proof file is named"),
    ],
)
def test_bad_use_is_one_sentence_and_exit_2(
    foreign_project: Path, words: tuple[str, ...], sentence: str
) -> None:
    done = perfproof(foreign_project, *words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.startswith("perfproof: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_list_shows_what_would_be_measured_and_obeys_the_choice(foreign_project: Path) -> None:
    whole = perfproof(foreign_project, "list")
    assert whole.returncode == 0
    assert "benchmarks/test_parcel.py::test_sort  (group sorting, target 1.00 s)" in whole.stdout
    assert "9 benchmarks in 2 suites" in whole.stdout
    some = perfproof(foreign_project, "list", "benchmarks/test_parcel.py", "-k", "weigh")
    assert some.stdout.splitlines() == [
        "benchmarks/test_parcel.py::test_weigh[10]",
        "benchmarks/test_parcel.py::test_weigh[1000]",
        "2 benchmarks in 1 suites",
    ]


def test_run_save_compare_and_check_in_one_story(foreign_project: Path) -> None:
    ran = perfproof(foreign_project, "run", "-k", "weigh or func", "--processes", "3")
    assert ran.returncode == 0, ran.stderr
    (path,) = sessions(foreign_project)
    session = decode_session(path.read_bytes(), where="file")
    assert session.complete
    assert len(session.samples) == 5 * 3

    saved = perfproof(foreign_project, "baseline", "save", "first")
    assert saved.returncode == 0, saved.stderr
    again = perfproof(foreign_project, "baseline", "save", "first")
    assert again.returncode == 2
    assert "first" in again.stderr
    outside = perfproof(foreign_project, "baseline", "save", "../up")
    assert outside.returncode == 2
    assert "../up" in outside.stderr
    assert perfproof(foreign_project, "baseline", "promote", "first").returncode == 0
    assert "first" in perfproof(foreign_project, "baseline", "list").stdout
    assert "test_weigh[10]" in perfproof(foreign_project, "baseline", "show").stdout

    same = perfproof(foreign_project, "compare", "baseline:current", str(path))
    assert same.returncode == 0, same.stdout + same.stderr
    assert "slower" not in {word for line in same.stdout.splitlines() for word in line.split()[-2:]}

    checked = perfproof(foreign_project, "check", "-k", "weigh", "--processes", "3")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "2 met" in checked.stdout


def test_a_slowdown_of_fifty_times_is_slower_with_exit_1(foreign_project: Path) -> None:
    chosen = ("-k", "weigh", "--processes", "4")
    perfproof(foreign_project, "run", *chosen)
    perfproof(foreign_project, "baseline", "save", "quick")
    source = foreign_project / "src/parcel.py"
    source.write_text(
        source.read_text().replace("sum(parcels)", "[sum(parcels) for _ in range(50)][0]")
    )
    done = perfproof(foreign_project, "compare", "baseline:quick", *chosen)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "slower" in done.stdout


def test_a_missed_target_is_exit_1_and_a_dead_one_exit_2(foreign_project: Path) -> None:
    targets = foreign_project / "benchmarks/targets.toml"
    targets.write_text('[[target]]\nbenchmark = "*::test_sort"\nlimit = "1 ns"\n')
    done = perfproof(foreign_project, "check", "-k", "test_sort", "--processes", "3")
    assert done.returncode == 1
    assert "missed" in done.stdout
    targets.write_text('[[target]]\nbenchmark = "*::test_gone"\nlimit = "1 s"\n')
    done = perfproof(foreign_project, "check")
    assert done.returncode == 2
    assert "'*::test_gone' names no benchmark" in done.stderr


def test_undecided_is_exit_3_only_when_strict(foreign_project: Path) -> None:
    words = ("check", "-k", "test_sort", "--processes", "1")
    assert perfproof(foreign_project, *words).returncode == 0
    assert perfproof(foreign_project, *words, "--strict").returncode == 3


def test_a_failing_benchmark_never_ends_in_exit_0(foreign_project: Path) -> None:
    suite = foreign_project / "benchmarks/test_parcel.py"
    suite.write_text(suite.read_text() + "\ndef test_bad(benchmark):\n    benchmark(int, 'x')\n")
    done = perfproof(foreign_project, "run", "-k", "test_bad or test_sort")
    assert done.returncode == 1
    assert "invalid literal for int()" in done.stdout


def test_another_machines_baseline_is_refused_with_the_fields_that_differ(
    foreign_project: Path,
) -> None:
    perfproof(foreign_project, "run", "-k", "sort")
    (path,) = sessions(foreign_project)
    lines = path.read_text().splitlines()
    header = json.loads(lines[0])
    header["fingerprint"]["cpu_model"] = "Another CPU"
    other = foreign_project / "other.jsonl"
    other.write_text("\n".join([json.dumps(header), *lines[1:-1]]) + "\n")
    done = perfproof(foreign_project, "compare", str(other), str(path))
    assert done.returncode == 2
    assert "cpu_model" in done.stderr or "cpu model" in done.stderr
    assert "Another CPU" in done.stderr


def test_ctrl_c_keeps_what_was_measured(foreign_project: Path) -> None:
    process = subprocess.Popen(
        [PERFPROOF, "run", "--processes", "500", "-k", "weigh"],
        cwd=foreign_project,
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if any('"sample"' in path.read_text() for path in sessions(foreign_project)):
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=90)
    assert process.returncode == 130
    assert "samples are kept in" in errors
    assert "Traceback" not in errors
    (path,) = sessions(foreign_project)
    session = decode_session(path.read_bytes(), where="file")
    assert session.samples
    assert not session.complete


def test_a_reader_that_goes_away_is_no_error(foreign_project: Path) -> None:
    shown = subprocess.run(
        f"'{PERFPROOF}' list | head -1",
        shell=True,
        cwd=foreign_project,
        env=surroundings(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in shown.stderr
    assert shown.stderr == ""


def test_the_sessions_keep_themselves_out_of_version_control(foreign_project: Path) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=foreign_project, check=True)
    perfproof(foreign_project, "run", "-k", "test_sort")
    done = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all"],
        cwd=foreign_project,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ".perfproof" not in done.stdout


def test_doctor_describes_the_machine_and_what_could_be_seen(foreign_project: Path) -> None:
    done = perfproof(foreign_project, "doctor", "--processes", "4", "--quick")
    assert done.returncode == 0, done.stderr
    for words in (
        "cpu model",
        "steal meanwhile",
        "could be seen",
        "fingerprint",
        "an empty benchmark",
    ):
        assert words in done.stdout


def test_the_dataframe_holds_every_raw_value(foreign_project: Path) -> None:
    perfproof(foreign_project, "run", "-k", "weigh")
    (path,) = sessions(foreign_project)
    frame = package.load(path)
    # Beside the blocks, what was counted where memray is installed.
    assert len(frame[frame["kind"] == "block"]) == 2 * 2 * 4
    assert set(frame["kind"]) - {"allocations", "bytes"} == {"block"}
    assert {"benchmark", "process", "block", "order", "slot", "seconds"} <= set(frame.columns)
    assert set(frame["parameter.count"]) == {10, 1000}


def test_the_wheel_holds_the_tool_alone(tmp_path: Path) -> None:
    root = Path(package.__file__).parent.parent
    copy = tmp_path / "copy"
    left_out = shutil.ignore_patterns(".venv", ".git", ".perfproof", "evidence", ".*_cache")
    shutil.copytree(root, copy, ignore=left_out)
    build = "import hatchling.build as b; print(b.build_wheel('.'))"
    done = subprocess.run(
        [PERFPROOF.with_name("python"), "-c", build],
        cwd=copy,
        capture_output=True,
        text=True,
        check=True,
    )
    wheel = copy / done.stdout.split()[-1]
    listing = subprocess.run(
        [PERFPROOF.with_name("python"), "-m", "zipfile", "-l", str(wheel)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = [line.split()[0] for line in listing.splitlines()[1:]]
    assert {name.split("/")[0] for name in names} == {"perfproof", "perfproof-0.1.0.dist-info"}
    assert "perfproof/py.typed" in names
