"""Crowds over real sockets, at a fake server with planted faults."""

from __future__ import annotations

import os
import time

import pytest

from benchmarks.golden.client import Door, run
from benchmarks.golden.conversation import EVENTS
from benchmarks.golden.crowd import Bounds, CrowdResult, Size, hold_round, measure_crowd
from benchmarks.golden.output import Output
from benchmarks.golden.reporting import report_crowd
from tests.benchmarks.golden_fake import FakeBackend, Frames, Spoil, as_it_must_be, listening

SOON = Bounds(connect=30.0, answer=0.3, goodbye=30.0)


def crowd_at(fake: FakeBackend, size: Size) -> CrowdResult:
    async def measured() -> CrowdResult:
        async with listening(fake) as door:
            return await measure_crowd(door, size, os.getpid(), time.monotonic() + 60)

    return run(measured())


def troubles(fake: FakeBackend, users: int = 3) -> list[str | None]:
    async def held() -> list[str | None]:
        async with listening(fake) as door:
            return [each.trouble for each in await hold_round(door, users, SOON)]

    return run(held())


def one_in(turns: int, spoil: Spoil) -> Spoil:
    seen = [0]

    def sometimes(frames: Frames) -> Frames:
        seen[0] += 1
        return spoil(frames) if seen[0] % turns == 0 else frames

    return sometimes


def without_one_event(frames: Frames) -> Frames:
    return [*frames[:7], *frames[8:]]


def after_the_answer(frames: Frames) -> Frames:
    return [*frames, frames[1]]


def late(frames: Frames) -> Frames:
    return [
        {**each, "emitted_at": each["emitted_at"] - 0.5} if "emitted_at" in each else each
        for each in frames
    ]


def test_every_user_of_a_good_server_has_a_faultless_conversation() -> None:
    fake = FakeBackend()
    result = crowd_at(fake, Size(20, 3))
    assert result.deviations == []
    assert len(result.timings) == result.conversations == result.size.conversations == 60
    assert len(result.usages) == 3
    assert len({timing.answer for timing in result.timings}) > 1


def test_all_users_of_a_round_are_there_at_once_and_gone_after_it() -> None:
    fake = FakeBackend()
    crowd_at(fake, Size(20, 2))
    assert fake.most_at_once == 20


def test_a_dropped_event_of_one_in_ten_is_counted_with_an_example() -> None:
    output = Output()
    report_crowd(crowd_at(FakeBackend(one_in(10, without_one_event)), Size(10, 3)), output)
    count = output.counts["conversations_10"]
    assert (count.trials, count.failures) == (30, 3)
    assert "frame 9 is" in str(count.example)
    assert len(output.figures["answer_10"]) == 27


def test_what_comes_after_the_answer_is_seen() -> None:
    result = crowd_at(FakeBackend(after_the_answer), Size(1, 2))
    assert result.timings == []
    assert all("where nothing should be" in each for each in result.deviations)


def test_a_late_event_is_in_the_figures() -> None:
    output = Output()
    report_crowd(crowd_at(FakeBackend(late), Size(5, 1)), output)
    assert min(output.figures["slowest_event_5"]) >= 0.5
    assert output.counts["conversations_5"].failures == 0


def test_a_server_that_refuses_says_why_in_every_conversation() -> None:
    fake = FakeBackend()
    fake.refuse = [(503, {"Retry-After": "1"})] * 3
    assert {str(each)[:50] for each in troubles(fake)} == {
        "could not connect: the handshake was refused with 503: "[:50]
    }


def test_nobody_there_is_a_failure_of_every_user() -> None:
    async def held() -> list[str | None]:
        async with listening(FakeBackend()) as door:
            gone = door
        return [each.trouble for each in await hold_round(gone, 3, SOON)]

    assert all("could not connect" in str(each) for each in run(held()))


def test_a_close_with_1011_after_the_handshake_is_a_failure() -> None:
    fake = FakeBackend()
    fake.close_first = [1011]
    result = crowd_at(fake, Size(3, 1))
    assert len(result.timings) == 2
    assert "closed with 1011" in result.deviations[0]


def test_silence_ends_in_bounded_time_and_is_a_failure() -> None:
    fake = FakeBackend()
    fake.silent = True
    assert troubles(fake) == ["no answer within 0.3 s"] * 3


def test_conversations_without_time_left_have_failed() -> None:
    async def measured() -> CrowdResult:
        door = Door("ws://127.0.0.1:9/ws", str)
        return await measure_crowd(door, Size(7, 2), os.getpid(), time.monotonic() - 1)

    result = run(measured())
    assert len(result.deviations) == 14


def test_a_value_of_each_conversation_is_printed_and_of_each_event_shown() -> None:
    output = Output()
    report_crowd(crowd_at(FakeBackend(as_it_must_be), Size(4, 2)), output)
    for name in ("connect", "acknowledged", "first_event", "slowest_gap", "slowest_event"):
        assert len(output.figures[f"{name}_4"]) == 8
    assert len(output.figures["server_cpu_4"]) == 2
    shown = {line.split("  ")[0]: line.split()[-1] for line in output.lines if line}
    assert shown["event latency"] == str(8 * EVENTS)
    assert shown["gap between events"] == str(8 * (EVENTS - 1))


@pytest.mark.parametrize("users", [1, 4])
def test_nothing_measured_leaves_no_figure_and_a_count(users: int) -> None:
    output = Output()
    report_crowd(CrowdResult(Size(users, 1), deviations=["dead"] * users), output)
    assert output.figures == {}
    assert output.counts[f"conversations_{users}"].failures == users
