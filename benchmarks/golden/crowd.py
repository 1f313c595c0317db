"""Many users at once: all connect, then all send, then all wait for their answers."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Final

from benchmarks.golden.client import Client, Door, RefusedError, connect, message_of
from benchmarks.golden.conversation import Deviation, Recording, Timing, judge
from benchmarks.golden.shares import Reading, Usage, read_usage

TEXT: Final = "In June 120 of 400 orders were late, in July 90 of 410; what should we change?"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long anything may take before it is given up, in seconds; the document's targets.

    Attributes:
        connect: From TCP to the welcome.
        answer: From the message to the answer.
        goodbye: From the client's close frame to the end of the connection.
    """

    connect: float = 10.0
    answer: float = 60.0
    goodbye: float = 10.0


@dataclass(frozen=True, slots=True)
class Size:
    """One crowd.

    Attributes:
        users: At once.
        rounds: How often; in each, every user connects anew.
    """

    users: int
    rounds: int

    @property
    def conversations(self) -> int:
        """How many are held."""
        return self.users * self.rounds


SIZES: Final = (Size(1, 600), Size(10, 60), Size(100, 10), Size(1_000, 3))
"""A p99 at a level of 99 % takes 528 conversations; three crowds of 1,000 take the longest."""


@dataclass(slots=True)
class CrowdResult:
    """What one size showed.

    Attributes:
        size: Users at once, and rounds.
        timings: Of the faultless conversations.
        deviations: What was wrong with each of the others.
        usages: Of each round: processor time of server and client, and the steal share.
    """

    size: Size
    timings: list[Timing] = field(default_factory=list)
    deviations: list[str] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)

    @property
    def conversations(self) -> int:
        """Conversations held, faultless or not."""
        return len(self.timings) + len(self.deviations)


async def measure_crowd(door: Door, size: Size, pid: int, until: float) -> CrowdResult:
    """Hold as many rounds as asked for.

    Args:
        door: Where the server is reached.
        size: Users and rounds.
        pid: The server's process.
        until: By `time.monotonic`; no round starts after it, and each that does not has failed.
    """
    result = CrowdResult(size)
    for number in range(size.rounds):
        if time.monotonic() > until:
            left = (size.rounds - number) * size.users
            result.deviations += ["there was no time left for this conversation"] * left
            break
        await _round(door, result, pid)
    return result


async def _round(door: Door, result: CrowdResult, pid: int) -> None:
    # A collection in the client would be charged to whichever event came then.
    gc.collect()
    gc.disable()
    before = read_usage(pid)
    try:
        recordings = await hold_round(door, result.size.users)
    finally:
        gc.enable()
    after = read_usage(pid)
    if isinstance(before, Reading) and isinstance(after, Reading):
        result.usages.append(after.since(before))
    offset = time.time() - time.perf_counter()
    for recording in recordings:
        try:
            result.timings.append(judge(recording, offset))
        except Deviation as exc:
            result.deviations.append(str(exc))


async def hold_round(
    door: Door, users: int, bounds: Bounds | None = None, *, text: str = TEXT
) -> Sequence[Recording]:
    """Let so many users connect at once, then send at once, then leave when all have answers."""
    bounds = bounds or Bounds()
    visits = [_Visit(door, bounds, text) for _ in range(users)]
    await _together(visit.arrive() for visit in visits)
    await _together(visit.ask() for visit in visits)
    await _together(visit.leave() for visit in visits)
    return [visit.recording for visit in visits]


async def _together(steps: Iterable[Awaitable[None]]) -> None:
    await asyncio.gather(*steps)


class _Visit:
    """One user: arrives, asks, leaves; whatever goes wrong is written into the recording."""

    def __init__(self, door: Door, bounds: Bounds, text: str) -> None:
        own = token_hex(8)
        self._door = door
        self._bounds = bounds
        self._text = text
        self._client: Client | None = None
        self.recording = Recording(
            user_id=f"user-{own}",
            thread_id=f"thread-{own}",
            message_id=f"message-{own}",
            connecting_at=time.perf_counter(),
        )

    async def arrive(self) -> None:
        self.recording.connecting_at = time.perf_counter()
        try:
            self._client = await connect(self._door, self.recording.user_id, self._bounds.connect)
            self.recording.frames = self._client.frames
            await asyncio.wait_for(self._client.welcomed, self._bounds.connect)
        except TimeoutError:
            self.recording.trouble = f"no welcome within {self._bounds.connect:g} s"
        except (OSError, RefusedError) as exc:
            self.recording.trouble = f"could not connect: {exc}"

    async def ask(self) -> None:
        client = self._client
        if client is None or self.recording.trouble is not None or client.gone.done():
            return
        self.recording.sent_at = time.perf_counter()
        try:
            client.send(message_of(self.recording, self._text))
            await asyncio.wait_for(client.ended, self._bounds.answer)
        except TimeoutError:
            self.recording.trouble = f"no answer within {self._bounds.answer:g} s"
        except OSError as exc:
            self.recording.trouble = f"could not send: {exc}"

    async def leave(self) -> None:
        client = self._client
        if client is None:
            return
        closed_first = client.gone.done()
        client.say_goodbye()
        try:
            code = await asyncio.wait_for(client.gone, self._bounds.goodbye)
        except TimeoutError:
            client.cut()
            late = f"the close was not answered within {self._bounds.goodbye:g} s"
            self.recording.trouble = self.recording.trouble or late
            return
        if closed_first:
            self.recording.close_code = code
            self.recording.trouble = self.recording.trouble or "the server ended the connection"
        self.recording.trouble = self.recording.trouble or client.odd
