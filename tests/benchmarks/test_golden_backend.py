"""A server process that is started here is there, answers, and is gone afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.golden.port import reserved_port
from benchmarks.golden.shares import Usage, cpu_seconds, read_usage, steal_share
from benchmarks.servers.backend import Backend, BackendFailedError, BackendOptions
from perfproof.measure.awake import cores_awake
from tests.benchmarks.commands import ROOT

# A measuring process that starts a server, tells its pid, and waits to be killed.
PARENT = """\
from benchmarks.servers.backend import Backend
import time
with Backend() as backend:
    print(backend.pid, flush=True)
    time.sleep(60)
"""


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def test_a_server_answers_while_it_is_there_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Backend() as backend:
        with urllib.request.urlopen(f"http://{backend.address}/healthz", timeout=30) as answer:
            assert answer.status == 200
        assert list(tmp_path.iterdir())
        assert cpu_seconds(backend.pid) > 0
    assert gone(backend.pid)
    assert list(tmp_path.iterdir()) == []
    assert backend.stop() == 0


def test_a_port_that_is_known_beforehand_is_opened_by_the_server() -> None:
    with reserved_port() as port, Backend(BackendOptions(port=port)) as backend:
        assert backend.url == f"ws://127.0.0.1:{port}/ws"


def test_a_server_that_cannot_start_is_told_with_its_last_words() -> None:
    options = BackendOptions(variables={"BACKEND_DATABASE_URL": "carrier-pigeon://"})
    with (
        pytest.raises(BackendFailedError, match=r"ended with status 2.*database_url"),
        Backend(options),
    ):
        pass


def test_a_server_that_is_never_ready_is_given_up_in_time(tmp_path: Path) -> None:
    nowhere = f"sqlite:///{tmp_path}/no/such/folder/backend.sqlite3"
    options = BackendOptions(database_url=nowhere, start_seconds=1.0)
    with pytest.raises(BackendFailedError, match=r"not (listening|ready) within 1 s"):
        Backend(options).__enter__()


def test_a_second_wish_to_stop_does_not_cut_the_first_short() -> None:
    with Backend() as backend:
        backend.ask_to_stop()
        backend.ask_to_stop()
        assert backend.stop() == 0


def test_a_server_dies_with_the_process_that_started_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        parent.send_signal(signal.SIGKILL)
    until(lambda: gone(pid))
    # Nobody was left to remove its folder; the next one does.
    (left,) = tmp_path.iterdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Backend():
        assert not left.exists()


def test_spinners_end_with_their_block() -> None:
    others = set(_children())  # as the keeper of a server that other tests of this process use
    with cores_awake(30.0) as awake:
        assert awake in (0, len(os.sched_getaffinity(0)))
        spinners = set(_children()) - others
        assert len(spinners) == awake
    until(lambda: all(gone(pid) for pid in spinners))


def _children() -> list[int]:
    task = f"/proc/{os.getpid()}/task/{os.getpid()}/children"
    return [int(word) for word in Path(task).read_text(encoding="ascii").split()]


def test_processor_time_of_another_process_is_told_to_the_microsecond() -> None:
    busy = subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"])
    try:
        first = cpu_seconds(busy.pid)
        until(lambda: cpu_seconds(busy.pid) > first + 0.05)
    finally:
        busy.kill()
        busy.wait()
    assert read_usage(busy.pid) is None


def test_usage_is_the_difference_of_two_readings() -> None:
    before = read_usage(os.getpid())
    assert before is not None
    until(lambda: sum(range(100_000)) > 0 and time.process_time() > before.client_seconds + 0.02)
    after = read_usage(os.getpid())
    assert after is not None
    usage = after.since(before)
    assert usage.client_seconds >= 0.02
    assert usage.server_seconds == pytest.approx(usage.client_seconds, abs=0.01)
    assert 0 <= usage.steal_ticks <= usage.all_ticks


def test_steal_is_a_share_of_all_rounds_together() -> None:
    rounds = [Usage(0.1, 0.0, 0.0, steal, ticks) for steal, ticks in ((1, 1), (0, 2), (0, 1))]
    assert steal_share(rounds) == 0.25
    assert steal_share([]) is None
