"""Cores that pairs share, and workers that can all be ended from another thread."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from perfproof.errors import WorkerError
from perfproof.measure.berths import Berths, Crew, usable_cores
from perfproof.measure.channel import Begin, Finished
from perfproof.measure.worker_process import GRACE_SECONDS, Surroundings, WorkerProcess

BEGIN = Begin("list", "pytest-benchmark", ("benchmarks",))
HANGS = "import time\ntime.sleep(600)\n"
LINGERS = "import atexit, time\natexit.register(time.sleep, 600)\ndef test_x(benchmark): pass\n"

needs_binding = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="this system binds no process to a core"
)


def of(root: Path, suite: str) -> WorkerProcess:
    """A worker that lists this suite."""
    (root / "benchmarks").mkdir(exist_ok=True)
    (root / "benchmarks/test_parcel.py").write_text(suite)
    return WorkerProcess(Surroundings(root, {}), BEGIN, hash_seed=1)


@pytest.fixture
def core() -> Iterator[int]:
    """A core for the test's own thread, which gets all of its own back afterwards."""
    cores = usable_cores()
    yield cores[-1]
    os.sched_setaffinity(0, cores)


@needs_binding
def test_the_thread_that_leads_a_pair_does_not_come_to_its_core(core: int) -> None:
    before = usable_cores()
    with Berths((core,)).measuring(()):
        assert usable_cores() == before


@needs_binding
def test_who_has_died_is_passed_by_and_the_lane_is_free_again(core: int) -> None:
    nobody = 2**22 + 1
    berths = Berths((core,), usable_cores())
    berths.starting([nobody])
    for _ in range(2):
        with berths.measuring([nobody]):
            pass


def test_a_lane_holds_one_pair_and_is_given_on_even_after_an_error() -> None:
    berths = Berths((), unbound=1)
    inside: queue.SimpleQueue[str] = queue.SimpleQueue()

    def second() -> None:
        with berths.measuring(()):
            inside.put("second")

    thread = threading.Thread(target=second)

    def first() -> None:
        with berths.measuring(()):
            thread.start()
            with pytest.raises(queue.Empty):
                inside.get(timeout=0.1)
            raise WorkerError("lost")

    with pytest.raises(WorkerError):
        first()
    assert inside.get(timeout=20) == "second"
    thread.join()


def test_pairs_start_ahead_only_where_cores_are_left_over() -> None:
    assert Berths((0,)).ahead == 0
    assert Berths((1,), (0,)).ahead == 1
    assert Berths((), unbound=3).lanes == 3


def test_a_dismissed_crew_ends_who_is_aboard_and_who_comes_later(tmp_path: Path) -> None:
    crew = Crew()
    with crew.aboard(of(tmp_path, HANGS)) as worker:
        crew.dismiss()
        with pytest.raises(WorkerError, match=r"signal 9 \(SIGKILL\)"):
            worker.hear(60)
    with (
        crew.aboard(of(tmp_path, HANGS)) as late,
        pytest.raises(WorkerError, match=r"signal 9 \(SIGKILL\)"),
    ):
        late.hear(60)


def test_a_suite_that_does_not_end_gets_its_whole_grace_only_once(tmp_path: Path) -> None:
    crew = Crew()
    assert crew.grace_seconds == GRACE_SECONDS
    worker = of(tmp_path, LINGERS)
    with crew.aboard(worker):
        while not isinstance(worker.hear(60), Finished):
            pass
    assert worker.lingered
    assert 0 < crew.grace_seconds < GRACE_SECONDS


def test_a_dismissal_does_not_wait_for_a_grace(tmp_path: Path) -> None:
    crew = Crew()
    worker = of(tmp_path, LINGERS)
    over = threading.Event()

    def lead() -> None:
        with crew.aboard(worker):
            while not isinstance(worker.hear(60), Finished):
                pass
            over.set()

    thread = threading.Thread(target=lead)
    thread.start()
    assert over.wait(60)
    crew.dismiss()
    thread.join(60)
    assert not thread.is_alive()
    assert not worker.lingered


def test_who_was_waited_for_in_vain_is_not_waited_for_again(tmp_path: Path) -> None:
    with of(tmp_path, HANGS) as worker, pytest.raises(TimeoutError):
        worker.hear(0.05)
    assert not worker.lingered


def test_no_room_for_what_workers_say_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(WorkerError, match=r"temporary files: no place for what a worker says: "):
        of(tmp_path, HANGS)
