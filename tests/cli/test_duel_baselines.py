"""`perfproof compare baseline:NAME`: when its commit is duelled, and when its numbers decide."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from perfproof.cli.stored_version import NoVersionError, meeting
from perfproof.configuration.settings import Project, find_project
from perfproof.measure.machine import Machine
from perfproof.record import Benchmark, Commit, Fingerprint, Sample, Session, encode_session
from perfproof.store import save_baseline
from tests.cli.running import perfproof
from tests.measure.repositories import commit, git, new_repository, write
from tests.store.sessions import header

ID = "benchmarks/test_parcel.py::test_weigh"
FILES = {
    "pyproject.toml": '[project]\nname = "parcel"\nversion = "1"\n\n[tool.perfproof]\n'
    'pyperf = []\nprocesses = 2\nblocks = 4\nblock = "0.3 ms"\nwarmup = "1 ms"\n',
    "parcel.py": "def weigh(parcels):\n    return sum(parcels)\n",
    "benchmarks/test_parcel.py": "from parcel import weigh\n\n\n"
    "def test_weigh(benchmark):\n    benchmark(weigh, range(1000))\n",
    ".gitignore": "__pycache__/\n.perfproof/\n",
}
SLOW = "def weigh(parcels):\n    return [sum(parcels) for _ in range(3)][0]\n"
DUEL = ("--pairs", "4", "--margin", "50 %", "--no-confirm", "--quiet")
ELSEWHERE = msgspec.structs.replace(Machine().fingerprint(), cpu_model="Another CPU")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return new_repository(tmp_path / "parcel", FILES)


def stored(
    hash_: str | None,
    *,
    dirty: bool = False,
    fingerprint: Fingerprint | None = None,
    seconds: float = 1e-5,
) -> Session:
    """A session of the one benchmark, so coarse that it can decide no 10 %."""
    start = header(f"{hash_}{dirty}{seconds}")
    scatter = (0.7, 1.0, 1.4)
    return Session(
        header=msgspec.structs.replace(
            start,
            fingerprint=fingerprint or Machine().fingerprint(),
            commit=Commit(hash=hash_, dirty=dirty),
        ),
        benchmarks=(Benchmark(id=ID, name="test_weigh", runner="pytest-benchmark"),),
        samples=tuple(
            Sample(
                benchmark=ID,
                process=process,
                calls=1,
                block_ns=(round(seconds * 1e9 * factor),) * 2,
                order=(2 * process, 2 * process + 1),
                slot=(0, 0),
            )
            for process, factor in enumerate(scatter)
        ),
        complete=True,
    )


def save(root: Path, session: Session, name: str = "before") -> None:
    save_baseline(root / "baselines", session, name)


def file_of(root: Path, session: Session) -> str:
    path = root.parent / "head.jsonl"
    path.write_bytes(encode_session(session))
    return str(path)


def project(root: Path) -> Project:
    return find_project(root)


# What can be put side by side.


def test_a_clean_commit_of_this_repository_meets_the_working_tree(root: Path) -> None:
    first = git(root, "rev-parse", "HEAD")
    write(root, {"parcel.py": SLOW})
    before = git(root, "status", "--porcelain")
    assert meeting(project(root), stored(first), None, None) == (first, None)
    assert git(root, "status", "--porcelain") == before
    second = commit(root)
    assert meeting(project(root), stored(first), stored(second), None) == (first, second)
    assert meeting(project(root), stored(first), "main", None) == (first, "main")


@pytest.mark.parametrize("head", [None, "main"])
def test_a_commit_does_not_meet_itself(root: Path, head: str | None) -> None:
    first = git(root, "rev-parse", "HEAD")
    with pytest.raises(NoVersionError, match="both are the same version"):
        meeting(project(root), stored(first), head, None)


@pytest.mark.parametrize(
    ("session", "reason"),
    [
        (stored(None), "its commit is not known"),
        (stored("a" * 40), "its commit aaaaaaaaaa is not in this repository"),
        (stored("a" * 40, dirty=True), "it was measured with changes that aaaaaaaaaa does not"),
    ],
)
def test_a_version_that_cannot_be_had_says_why(root: Path, session: Session, reason: str) -> None:
    with pytest.raises(NoVersionError, match=reason):
        meeting(project(root), session, None, None)


def test_another_system_is_another_version(root: Path) -> None:
    first = git(root, "rev-parse", "HEAD")
    with pytest.raises(NoVersionError, match="it measured the project itself as the system"):
        meeting(project(root), stored(first), None, "parcel.fast")


def test_a_project_without_git_has_no_versions(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    with pytest.raises(NoVersionError, match="the project is in no working tree of git"):
        meeting(project(tmp_path), stored("a" * 40), None, None)


# What the command does.


def test_the_commit_of_a_baseline_is_duelled_whatever_machine_its_numbers_are_of(
    root: Path,
) -> None:
    first = git(root, "rev-parse", "HEAD")
    save(root, stored(first, fingerprint=ELSEWHERE))
    write(root, {"parcel.py": SLOW})
    done = perfproof(root, "compare", "baseline:before", *DUEL)
    assert done.returncode == 1, done.stdout + done.stderr
    said = f"baseline:before is commit {first[:10]}: measured here now, side by side with the"
    assert done.stdout.startswith(said)
    assert "process pairs, base and head alternating" in done.stdout
    assert "1 slower." in done.stdout


def test_a_baseline_with_uncommitted_changes_is_held_against_its_numbers(root: Path) -> None:
    save(root, stored(git(root, "rev-parse", "HEAD"), dirty=True))
    done = perfproof(root, "compare", "baseline:before", "--margin", "50 %", "--quiet")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no duel, it was measured with changes that" in done.stdout
    assert "held against its stored numbers, coarsely" in done.stdout
    assert "process pairs" not in done.stdout


def test_stored_numbers_alone_are_compared_when_that_is_asked_for(root: Path) -> None:
    first = git(root, "rev-parse", "HEAD")
    save(root, stored(first))
    write(root, {"parcel.py": SLOW})
    head = file_of(root, stored(commit(root), seconds=1.1e-5))
    done = perfproof(root, "compare", "baseline:before", head, "--stored")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 undecided." in done.stdout
    assert "measured here now" not in done.stdout


def test_what_stored_numbers_leave_undecided_is_duelled(root: Path) -> None:
    first = git(root, "rev-parse", "HEAD")
    save(root, stored(first))
    write(root, {"parcel.py": SLOW})
    second = commit(root)
    # Something else stands in the working tree by now: the session's own commit is measured.
    write(root, {"parcel.py": FILES["parcel.py"]})
    head = file_of(root, stored(second, seconds=1.1e-5))
    done = perfproof(root, "compare", "baseline:before", head, *DUEL)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 undecided by the stored numbers, which are too coarse:" in done.stdout
    assert f"side by side with {second[:10]}" in done.stdout
    assert "1 slower." in done.stdout


def test_what_stored_numbers_decide_is_not_measured_again(root: Path) -> None:
    save(root, stored(git(root, "rev-parse", "HEAD")))
    write(root, {"parcel.py": SLOW})
    head = file_of(root, stored(commit(root), seconds=1.0))
    done = perfproof(root, "compare", "baseline:before", head)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 slower." in done.stdout
    assert "measured here now" not in done.stdout


def test_undecided_numbers_without_a_commit_stay_undecided_and_say_why(root: Path) -> None:
    save(root, stored(None))
    head = file_of(root, stored(git(root, "rev-parse", "HEAD"), seconds=1.1e-5))
    done = perfproof(root, "compare", "baseline:before", head, "--strict")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "no duel of what is undecided, its commit is not known" in done.stdout


@pytest.mark.parametrize(
    ("session", "words", "sentence"),
    [
        (stored("a" * 40), ("baseline:before", "main"), "is not in this repository; leave HEAD"),
        (
            stored(None, fingerprint=ELSEWHERE),
            ("baseline:before",),
            "; and it cannot be measured here: its commit is not known; fetch",
        ),
        (stored("a" * 40, fingerprint=ELSEWHERE), ("baseline:before", "--stored"), "Another CPU"),
        (stored(None), ("baseline:bef",), "none is called 'bef'"),
        (stored(None), ("main", "--stored"), "--stored: BASE is a git ref"),
    ],
)
def test_with_neither_numbers_nor_a_commit_it_is_one_sentence(
    root: Path, session: Session, words: tuple[str, ...], sentence: str
) -> None:
    save(root, session)
    done = perfproof(root, "compare", *words)
    assert done.returncode == 2, done.stdout
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
