"""Pairs in threads: how many at once, what they raise, and that none outlives the lanes."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from perfproof.errors import WorkerError
from perfproof.measure.berths import Berths
from perfproof.measure.lanes import Lanes
from perfproof.measure.lockstep import Pairing


def of(number: int) -> Pairing:
    return Pairing(number)


def test_what_a_pair_gave_comes_back_once() -> None:
    with Lanes(Berths((), unbound=2)) as lanes:
        for number in range(2):
            lanes.start(lambda number=number: of(number))  # type: ignore[misc]
        room = [lanes.has_room]
        seen = [lanes.finished(60), lanes.finished(60)]
        assert {each.number for each in seen if each is not None} == {0, 1}
        assert not lanes.busy
        assert [*room, lanes.has_room] == [False, True]


def test_one_more_is_started_ahead_where_cores_are_left_over() -> None:
    go = threading.Event()

    def waiting() -> Pairing:
        go.wait(60)
        return of(0)

    with Lanes(Berths((1,), (0,))) as lanes:
        room = []
        for _ in range(2):
            lanes.start(waiting)
            room.append(lanes.has_room)
        go.set()
    assert room == [True, False]


def test_what_a_pair_raised_is_raised_where_it_is_waited_for() -> None:
    def broken() -> Pairing:
        raise WorkerError("a worker could not be started")

    with Lanes(Berths(())) as lanes:
        lanes.start(broken)
        with pytest.raises(WorkerError, match="could not be started"):
            lanes.finished(60)
        assert not lanes.busy


def test_a_time_that_is_up_gives_nothing_and_the_pair_goes_on() -> None:
    go = threading.Event()

    def waiting() -> Pairing:
        go.wait(60)
        return of(3)

    with Lanes(Berths(())) as lanes:
        lanes.start(waiting)
        assert lanes.finished(0.0) is None
        assert lanes.finished(0.05) is None
        assert lanes.busy
        go.set()
        done = lanes.finished(None)
        assert done is not None
        assert done.number == 3


def test_leaving_dismisses_the_crew_and_waits_for_every_pair() -> None:
    ended = threading.Event()

    with Lanes(Berths(())) as lanes:
        crew = lanes.crew

        def until_dismissed() -> Pairing:
            while not crew.dismissed:
                time.sleep(0.01)
            ended.set()
            return of(0)

        lanes.start(until_dismissed)
    assert crew.dismissed
    assert ended.is_set()


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C as Python takes it, whatever the test run was started with."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_an_interrupt_is_heard_while_a_pair_starts_or_runs() -> None:
    def interrupting() -> Pairing:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)
        return of(0)

    def waited_for() -> None:
        with Lanes(Berths(())) as lanes:
            lanes.start(interrupting)
            lanes.finished(None)

    with pytest.raises(KeyboardInterrupt):
        waited_for()


@pytest.mark.usefixtures("ctrl_c")
def test_an_interrupt_that_does_not_wake_the_waiting_thread_is_heard_before_the_pair_is_over() -> (
    None
):
    heard = threading.Event()
    over = threading.Event()

    def taking_it() -> Pairing:
        # The main thread waits by now, and a signal to this one does not wake it.
        time.sleep(0.3)
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        heard.wait(10)
        over.set()
        return of(0)

    def waited_for() -> None:
        with Lanes(Berths(())) as lanes:
            lanes.start(taking_it)
            try:
                lanes.finished(None)
            finally:
                early.append(not over.is_set())
                heard.set()

    early: list[bool] = []
    with pytest.raises(KeyboardInterrupt):
        waited_for()
    assert early == [True]
