"""A server is started while clients knock: who was let in, who was refused, and when.

Clients connect every few milliseconds from before the port is open until one is welcomed, whatever
became of those before them. That one then holds a whole conversation; a few more come afterwards
and must be let in as well. All that were let in stay until the server is told to stop.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex
from typing import Final, Protocol

from benchmarks.golden.client import Client, Door, RefusedError, connect, message_of
from benchmarks.golden.conversation import Deviation, Recording, judge
from benchmarks.golden.crowd import TEXT
from benchmarks.golden.knocks import INTERNAL_ERROR, Fate, Knock, Start, faults_of

# A server that stops says so; 1000 would be the client's own goodbye.
_GOOD_CODES: Final = (1000, 1001)


class Starting(Protocol):
    """A server process that was just started."""

    @property
    def started_at(self) -> float:
        """`perf_counter` just before."""

    def running(self) -> bool:
        """Whether it is still there."""

    def last_words(self) -> str:
        """What it said last."""

    def ask_to_stop(self) -> None:
        """Tell it to stop."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How clients come, in seconds.

    Attributes:
        every: Between one client and the next.
        most: How long clients go on coming; nobody let in until then is a failure.
        answer: For the conversation of the first who was let in.
        handshake: For one handshake.
        stop: For the server to end the connections when it is told to stop.
        afterwards: Clients that come once somebody was let in.
    """

    every: float = 0.002
    most: float = 10.0
    answer: float = 10.0
    handshake: float = 5.0
    stop: float = 10.0
    afterwards: int = 3


async def watch_start(
    server: Starting, door: Door, pace: Pace, on_turned_away: Callable[[int], object] | None = None
) -> Start:
    """Knock from now on, and tell what was seen until the server ended what it had let in.

    Args:
        server: It was just started.
        door: Where it will be reached.
        pace: How clients come.
        on_turned_away: Told how many clients were refused, or closed with 1011, when one was.
    """
    start = Start()
    watch = _Watch(server, door, pace, start)
    watch.on_turned_away = on_turned_away
    first = await watch.until_accepted()
    if first is not None:
        await watch.converse(first)
        await watch.knock_afterwards()
    server.ask_to_stop()
    await watch.until_gone()
    start.faults += faults_of(start.knocks)
    bad = [code for code in start.codes if code not in (*_GOOD_CODES, INTERNAL_ERROR)]
    if bad:
        start.faults.append(f"connections were ended with {bad[0] or 'no code'} ({len(bad)} times)")
    return start


class _Watch:
    """The clients of one start."""

    def __init__(self, server: Starting, door: Door, pace: Pace, start: Start) -> None:
        self._server = server
        self._door = door
        self._pace = pace
        self._start = start
        self.on_turned_away: Callable[[int], object] | None = None
        self._turned_away = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._first: asyncio.Future[Knock] = asyncio.get_running_loop().create_future()

    async def until_accepted(self) -> Knock | None:
        """Send clients until one is welcomed; None when none was."""
        until = time.monotonic() + self._pace.most
        while time.monotonic() < until and not self._first.done():
            self._send_client()
            await asyncio.wait([self._first], timeout=self._pace.every)
            if not self._server.running():
                self._start.faults.append(f"the server ended: {self._server.last_words()}")
                break
        await self._settle()
        return self._first.result() if self._first.done() else None

    async def converse(self, knock: Knock) -> None:
        """Hold the conversation of the first who was let in."""
        client = knock.client
        assert client is not None
        recording = self._recording(client)
        try:
            client.send(message_of(recording, TEXT))
            await asyncio.wait_for(client.ended, self._pace.answer)
        except TimeoutError:
            recording.trouble = f"no answer within {self._pace.answer:g} s"
        except OSError as exc:
            recording.trouble = f"could not send: {exc}"
        try:
            timing = judge(recording, time.time() - time.perf_counter())
        except Deviation as exc:
            self._start.faults.append(str(exc))
            return
        assert recording.sent_at is not None
        self._start.timing = timing
        first_event_at = recording.sent_at + timing.first_event
        self._start.first_event_seconds = first_event_at - self._server.started_at

    async def knock_afterwards(self) -> None:
        """A few more: a server that is ready stays so."""
        for _ in range(self._pace.afterwards):
            self._send_client()
        await self._settle()

    async def until_gone(self) -> None:
        """Wait for the end of every connection, and note its code."""
        clients = [knock.client for knock in self._start.knocks if knock.client is not None]
        gone = [client.gone for client in clients]
        if gone:
            await asyncio.wait(gone, timeout=self._pace.stop)
        for client in clients:
            if client.gone.done():
                self._start.codes.append(client.gone.result())
            else:
                client.cut()
                self._start.faults.append(
                    f"a connection was not ended within {self._pace.stop:g} s of SIGTERM"
                )

    def _recording(self, client: Client) -> Recording:
        now, own = time.perf_counter(), token_hex(8)
        return Recording(
            user_id=client.user_id,
            thread_id=f"thread-{own}",
            message_id=f"message-{own}",
            connecting_at=now,
            sent_at=now,
            frames=client.frames,
        )

    def _send_client(self) -> None:
        knock = Knock(at=time.perf_counter())
        self._start.knocks.append(knock)
        self._tasks.append(asyncio.create_task(self._come(knock)))

    async def _come(self, knock: Knock) -> None:
        await _note(knock, lambda: connect(self._door, _new_user(), self._pace.handshake))
        client = knock.client
        if client is None:
            self._tell_turned_away(knock.fate is Fate.REFUSED)
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(client.welcomed), self._pace.handshake)
        if not client.frames:
            code = client.gone.result() if client.gone.done() else None
            knock.fate = Fate.THROWN_OUT if code == INTERNAL_ERROR else Fate.BROKEN
            knock.said = f"let in, and not welcomed (closed with {code})"
            self._tell_turned_away(knock.fate is Fate.THROWN_OUT)
            return
        knock.answered_at = client.frames[0][0]
        if not self._first.done():
            self._start.accepted_seconds = knock.answered_at - self._server.started_at
            self._first.set_result(knock)

    def _tell_turned_away(self, turned_away: bool) -> None:
        self._turned_away += turned_away
        if turned_away and self.on_turned_away is not None:
            self.on_turned_away(self._turned_away)

    async def _settle(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks)
        for task in self._tasks:
            task.result()  # a fault of ours is not a figure of theirs
        self._tasks.clear()


def _new_user() -> str:
    return f"user-{token_hex(8)}"


async def _note(knock: Knock, come: Callable[[], Awaitable[Client]]) -> None:
    """Write down what became of a client's handshake."""
    try:
        knock.client = await come()
        knock.fate = Fate.ACCEPTED
    except ConnectionRefusedError:
        knock.fate = Fate.UNOPENED
    except RefusedError as exc:
        knock.fate = Fate.REFUSED
        knock.status, knock.retry_after, knock.said = exc.status, exc.retry_after, exc.body[:120]
    except (OSError, TimeoutError) as exc:
        knock.fate, knock.said = Fate.BROKEN, f"{type(exc).__name__}: {exc}"
    knock.answered_at = time.perf_counter()
