"""Cold starts of a fake server with planted faults: each is seen, and a good start has none."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from benchmarks.golden.client import Door, run
from benchmarks.golden.cold_start import Pace, watch_start
from benchmarks.golden.knocks import Fate, Knock, Start, faults_of
from benchmarks.golden.output import Output
from benchmarks.golden.port import reserved_port
from benchmarks.golden.reporting import report_starts
from tests.benchmarks.golden_fake import FakeBackend, Frames, listening

WELL = (503, {"Retry-After": "1"})
QUICK = Pace(every=0.002, most=30.0, answer=30.0, handshake=30.0, stop=30.0)
HASTY = Pace(every=0.005, most=1.0, stop=0.3)


@dataclass
class FakeProcess:
    """Opens its port after so long, and ends its connections when it is told to stop."""

    backend: FakeBackend
    door: Door
    closes: bool = True
    alive: bool = True
    started_at: float = field(default_factory=time.perf_counter)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, opens_after_seconds: float) -> None:
        await asyncio.sleep(opens_after_seconds)
        port = int(self.door.url.rpartition(":")[2].removesuffix("/ws"))
        async with listening(self.backend, port):
            await self.told.wait()
            for each in self.backend.connections if self.closes else ():
                self.backend.end(each, 1001)
            if not self.closes:
                await asyncio.Event().wait()

    def running(self) -> bool:
        return self.alive

    def last_words(self) -> str:
        return "the fake's last words"

    def ask_to_stop(self) -> None:
        self.told.set()


def started(
    backend: FakeBackend,
    pace: Pace = QUICK,
    *,
    opens_after_seconds: float = 0.05,
    closes: bool = True,
    alive: bool = True,
) -> Start:
    async def watched() -> Start:
        with reserved_port() as port:
            door = Door(f"ws://127.0.0.1:{port}/ws", lambda user: f"token of {user}")
            process = FakeProcess(backend, door, closes, alive)
            serving = asyncio.create_task(process.serve(opens_after_seconds))
            try:
                return await watch_start(process, door, pace)
            finally:
                serving.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await serving

    return run(watched())


def test_a_good_start_has_no_fault_and_both_times() -> None:
    start = started(FakeBackend())
    assert start.faults == []
    assert start.count(Fate.UNOPENED) > 0
    assert start.accepted_seconds is not None
    assert start.first_event_seconds is not None
    assert 0.05 <= start.accepted_seconds < start.first_event_seconds
    assert set(start.codes) == {1001}
    assert start.count(Fate.ACCEPTED) >= 1 + QUICK.afterwards


def test_refusals_with_503_and_retry_after_are_no_fault_when_success_follows() -> None:
    backend = FakeBackend()
    backend.refuse = [WELL] * 5
    start = started(backend)
    assert start.faults == []
    assert start.count(Fate.REFUSED) == 5


def test_a_close_with_1011_is_counted_although_somebody_is_let_in_later() -> None:
    backend = FakeBackend()
    backend.close_first = [1011, 1011]
    start = started(backend)
    assert start.closed_with_1011 == start.count(Fate.THROWN_OUT) == 2
    assert start.accepted_seconds is not None


def test_a_server_that_throws_everybody_out_has_let_nobody_in() -> None:
    backend = FakeBackend()
    backend.close_first = [1011] * 10_000
    start = started(backend, HASTY, opens_after_seconds=0)
    assert any("nobody was let in" in each for each in start.faults)
    assert start.closed_with_1011 == start.count(Fate.THROWN_OUT) > 0


def test_another_close_before_the_welcome_is_a_fault() -> None:
    backend = FakeBackend()
    backend.close_first = [1008]
    assert any("not welcomed (closed with 1008)" in each for each in started(backend).faults)


@pytest.mark.parametrize("refusal", [(503, {}), (429, {"Retry-After": "1"}), (500, {})])
def test_any_other_refusal_is_a_fault(refusal: tuple[int, dict[str, str]]) -> None:
    backend = FakeBackend()
    backend.refuse = [refusal]
    assert any(f"refused with {refusal[0]}" in each for each in started(backend).faults)


def test_a_server_that_refuses_everybody_has_failed() -> None:
    backend = FakeBackend()
    backend.refuse = [WELL] * 10_000
    start = started(backend, HASTY, opens_after_seconds=0)
    assert any("nobody was let in" in each for each in start.faults)
    assert start.accepted_seconds is None


def test_a_port_that_never_opens_is_a_failure() -> None:
    start = started(FakeBackend(), HASTY, opens_after_seconds=60)
    assert any("nobody was let in" in each for each in start.faults)
    assert start.count(Fate.UNOPENED) == len(start.knocks) > 0


def test_a_process_that_dies_is_a_failure_with_its_last_words() -> None:
    start = started(FakeBackend(), opens_after_seconds=60, alive=False)
    assert start.faults[0] == "the server ended: the fake's last words"


def test_a_conversation_that_goes_wrong_is_a_fault() -> None:
    def lossy(frames: Frames) -> Frames:
        return [*frames[:4], *frames[5:]]

    start = started(FakeBackend(lossy))
    assert any("frame 6 is" in each for each in start.faults)
    assert start.first_event_seconds is None


def test_connections_that_are_left_open_are_a_fault() -> None:
    start = started(FakeBackend(), Pace(every=0.002, most=30.0, stop=0.3), closes=False)
    assert any("was not ended within 0.3 s of SIGTERM" in each for each in start.faults)


def knock(at: float, fate: Fate, status: int | None = None) -> Knock:
    return Knock(at=at, fate=fate, answered_at=at + 0.5, status=status, retry_after="1")


def test_a_server_that_falls_back_is_seen() -> None:
    knocks = [knock(0, Fate.ACCEPTED), knock(1, Fate.REFUSED, 503), knock(2, Fate.UNOPENED)]
    assert list(faults_of(knocks)) == [
        "a client was refused after another had been let in",
        "nobody listened any more after somebody had been answered",
    ]


def test_a_client_that_came_before_the_first_was_let_in_may_still_be_refused() -> None:
    knocks = [knock(0, Fate.UNOPENED), knock(1, Fate.ACCEPTED), knock(1.2, Fate.REFUSED, 503)]
    assert list(faults_of(knocks)) == []


def counted(starts: Iterable[Start]) -> Output:
    output = Output()
    report_starts(list(starts), output)
    return output


def test_a_start_is_one_trial_whatever_its_clients_saw() -> None:
    good = Start(knocks=[knock(0, Fate.ACCEPTED)], accepted_seconds=0.2, codes=[1001])
    bad = Start(knocks=[knock(0, Fate.ACCEPTED)] * 4, accepted_seconds=0.3, codes=[1011] * 4)
    output = counted([good, good, bad])
    assert output.counts["cold_start_1011"].trials == 3
    assert output.counts["cold_start_1011"].failures == 1
    assert output.figures["cold_start_accepted"] == [0.2, 0.2, 0.3]


def test_a_start_in_which_nobody_was_let_in_shows_nothing_about_1011() -> None:
    output = counted([Start(faults=["nobody was let in"])])
    assert output.counts["cold_start_1011"].failures == 1
    assert output.counts["cold_starts"].failures == 1
    assert output.figures == {}
