"""Environments kept: made once, whole or not at all, removed only when nobody uses them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from perfproof.errors import UseError
from perfproof.measure.environment_cache import cache_home, kept, prune
from tests.measure.repositories import alive, within

KEYS = [f"{place:016x}" for place in range(12)]
MAKER = """
import subprocess, sys
from pathlib import Path
from perfproof.measure.environment_cache import kept


def make(folder, hold):
    folder.mkdir()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=0, pass_fds=(hold,))
    print(child.pid, flush=True)
    child.wait()


with kept(Path(sys.argv[1]), sys.argv[2], make):
    pass
"""


def make(folder: Path, _hold: int) -> None:
    """What every environment has."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)


def test_it_is_made_once_by_sessions_that_want_it_at_once(tmp_path: Path) -> None:
    made: list[Path] = []
    all_here = threading.Barrier(4)

    def slowly(folder: Path, hold: int) -> None:
        made.append(folder)
        within(0.2, lambda: False)
        make(folder, hold)

    def session() -> None:
        all_here.wait()
        with kept(tmp_path, KEYS[0], slowly) as folder:
            assert (folder / "bin" / "python").exists()

    sessions = [threading.Thread(target=session) for _ in range(4)]
    for each in sessions:
        each.start()
    for each in sessions:
        each.join()
    assert made == [tmp_path / KEYS[0]]


@pytest.mark.parametrize("end", [KeyboardInterrupt, UseError("pip failed")])
def test_one_that_is_broken_off_leaves_nothing(tmp_path: Path, end: BaseException) -> None:
    def broken(folder: Path, hold: int) -> None:
        make(folder, hold)
        raise end

    with (
        pytest.raises((KeyboardInterrupt, UseError)),
        kept(tmp_path, KEYS[0], broken),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_a_kill_left_goes_with_the_next_session_but_not_under_a_pip_that_still_runs(
    tmp_path: Path,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", MAKER, str(tmp_path), KEYS[0]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as maker:
        assert maker.stdout is not None
        child = int(maker.stdout.readline())
        maker.kill()
        maker.wait()
        prune(tmp_path)
        assert (tmp_path / KEYS[0]).is_dir()
        os.kill(child, signal.SIGKILL)
        assert within(20, lambda: not alive(child))
        prune(tmp_path)
        assert list(tmp_path.iterdir()) == []


def test_half_of_one_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / KEYS[0] / "bin"
    half.mkdir(parents=True)
    (half / "rubbish").touch()
    with kept(tmp_path, KEYS[0], make) as folder:
        assert [each.name for each in (folder / "bin").iterdir()] == ["python"]


def test_one_whose_interpreter_is_gone_is_made_anew(tmp_path: Path) -> None:
    with kept(tmp_path, KEYS[0], make) as folder:
        (folder / "bin" / "python").unlink()
    with kept(tmp_path, KEYS[0], make) as folder:
        assert (folder / "bin" / "python").exists()


def test_the_newest_stay_and_so_does_what_is_in_use(tmp_path: Path) -> None:
    for place, key in enumerate(KEYS):
        with kept(tmp_path, key, make) as folder:
            os.utime(folder / "complete", (place, place))
    with kept(tmp_path, KEYS[0], make) as used:
        os.utime(used / "complete", (0, 0))
        prune(tmp_path, keep=3)
        assert sorted(each.name for each in tmp_path.iterdir() if each.is_dir()) == [
            KEYS[0],
            *KEYS[-3:],
        ]
    prune(tmp_path, keep=3)
    assert not used.exists()
    assert len(list(tmp_path.glob("*.lock"))) == 3


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UseError, match=r"cannot be written.*XDG_CACHE_HOME"):
        kept(tmp_path / "file", KEYS[0], make).__enter__()


def test_the_cache_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for stated, home in (("/cache", "/cache"), ("relative", f"{tmp_path}/.cache")):
        monkeypatch.setenv("XDG_CACHE_HOME", stated)
        assert str(cache_home()) == f"{home}/perfproof/environments"
