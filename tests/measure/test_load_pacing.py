"""The parts that make the driver quick: frames made before, an alarm, what is due sent at once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from time import perf_counter_ns

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from perfproof.measure.load.alarm import Alarm
from perfproof.measure.load.cores import Cores, cores_of
from perfproof.measure.load.endpoint import Asking
from perfproof.measure.load.framing import Frames
from perfproof.measure.load.pacing import Pacer
from perfproof.measure.load.scenario import Scenario

MS = 1_000_000


def asking(message: str) -> Asking:
    scenario = Scenario(url="ws://127.0.0.1:1/", rate=1, message=message, connections=3)
    return Asking(scenario=scenario, values={}, tokens=(), run="12345678")


def read_frame(wire: bytes) -> Frame:
    reader = StreamReader()
    reader.feed_data(wire)
    parsing = Frame.parse(reader.read_exact, mask=True)
    with pytest.raises(StopIteration) as parsed:
        next(parsing)
    assert reader.buffer == b""
    frame = parsed.value.value
    assert isinstance(frame, Frame)
    return frame


@pytest.mark.parametrize("filling", [0, 1, 80, 125, 126, 65_535, 65_536, 100_000])
def test_another_library_reads_in_a_frame_what_the_scenario_says(filling: int) -> None:
    what = asking('{"id":"{id}","of":{connection},"again":"{id}"}' + "ä" * filling)
    frame = read_frame(Frames(what, 2).frame(5))
    assert (frame.opcode, frame.fin) == (Opcode.TEXT, True)
    told = '{"id":"1234567800000005","of":2,"again":"1234567800000005"}' + "ä" * filling
    assert bytes(frame.data).decode() == told == what.message(5)


def test_a_message_without_an_id_is_always_the_same() -> None:
    frames = Frames(asking("hello"), 0)
    assert {bytes(read_frame(frames.frame(number)).data) for number in range(3)} == {b"hello"}


@pytest.mark.skipif(sys.platform != "linux", reason="timerfd is Linux's")
def test_an_alarm_never_rings_before_its_time_and_at_once_when_that_is_over() -> None:
    async def rung(times: Sequence[int]) -> list[tuple[int, int]]:
        seen: list[tuple[int, int]] = []
        heard = asyncio.Event()
        alarm = Alarm(asyncio.get_running_loop(), heard.set)
        for after in times:
            due = perf_counter_ns() + after
            heard.clear()
            alarm.set(due)
            await asyncio.wait_for(heard.wait(), 20)
            seen.append((due, perf_counter_ns()))
        alarm.close()
        return seen

    for due, now in asyncio.run(rung([300_000, -5 * MS, 2 * MS, 0])):
        assert now >= due


@pytest.mark.parametrize("has_alarm", [True, False])
def test_what_is_due_is_handed_over_once_in_order_and_never_early(
    has_alarm: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_alarm:
        monkeypatch.setattr(sys, "platform", "elsewhere")

    async def paced() -> tuple[list[int], list[tuple[int, int]]]:
        begin = perf_counter_ns() + MS
        # Five hundred at once are more than one burst.
        due = [begin + max(0, number - 499) * 40_000 for number in range(800)]
        handed: list[tuple[int, int]] = []

        def ask(numbers: Sequence[int]) -> None:
            handed.extend((number, perf_counter_ns()) for number in numbers)

        await asyncio.wait_for(Pacer().pace(due, ask, awake=False), 30)
        return due, handed

    due, handed = asyncio.run(paced())
    assert [number for number, _ in handed] == list(range(800))
    assert all(now >= due[number] for number, now in handed)


def test_whoever_reads_replies_hands_over_what_became_due_meanwhile() -> None:
    async def paced() -> list[int]:
        pacer = Pacer()
        handed: list[int] = []
        due = [perf_counter_ns() + each * 2 * MS for each in range(1, 4)]
        pacing = asyncio.create_task(pacer.pace(due, handed.extend, awake=False))
        await asyncio.sleep(0)
        # One turn of the loop that lasts longer than all of it, as with a heap of replies.
        while len(handed) < 3:
            pacer.catch_up()
        await pacing
        pacer.catch_up()
        return handed

    assert asyncio.run(paced()) == [0, 1, 2]


def test_driver_and_server_have_cores_of_their_own_where_there_are_two() -> None:
    own = Scenario(url="http://127.0.0.1:{port}/", rate=1, start=("server",))
    cores = cores_of(own)
    if cores == Cores():
        pytest.skip("one core")
    assert len(cores.driver) == 1
    assert not set(cores.driver) & set(cores.server)
    elsewhere = Scenario(url="http://127.0.0.1:1/", rate=1)
    together = Scenario(url="http://127.0.0.1:{port}/", rate=1, start=("server",), apart=False)
    assert cores_of(elsewhere) == cores_of(together) == Cores()
