"""What one user's client recorded, held against what a conversation must be.

A conversation: welcome; one message; acknowledged; for each of three runs the five critical events,
numbered from 1; one answer. Whatever else arrives, or does not, is a deviation. Nothing here does
I/O or reads a clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeVar

import msgspec

CRITICAL_EVENTS: Final = (
    "agent_started",
    "agent_thinking",
    "tool_executing",
    "tool_completed",
    "agent_completed",
)
STEPS: Final = 3
"""Runs of one message: data, optimisation, report."""
EVENTS: Final = STEPS * len(CRITICAL_EVENTS)

# The clocks of both ends are one; an event from the future means that the figures would be wrong.
_FUTURE_SECONDS: Final = 0.001
_SHOWN_CHARACTERS: Final = 120


class Deviation(Exception):  # noqa: N818 - it says what was seen of a server; nothing erred here
    """A conversation that was not as it must be; the text says how."""


@dataclass(slots=True, kw_only=True)
class Recording:
    """What one client saw, with the readings of one steady clock, in seconds.

    Attributes:
        user_id: Whose conversation it is.
        thread_id: The thread that the message named.
        message_id: The message's id, drawn by the client.
        connecting_at: Just before the TCP connection was asked for.
        sent_at: Just before the message was written; None when it never was.
        frames: Every text frame, in order, and when it was read.
        trouble: Why the conversation ended without an answer, if it did.
        close_code: Code with which the server closed; None when it did not, or sent none.
    """

    user_id: str
    thread_id: str
    message_id: str
    connecting_at: float
    sent_at: float | None = None
    frames: list[tuple[float, bytes]] = field(default_factory=list)
    trouble: str | None = None
    close_code: int | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """How long everything in one faultless conversation took, in seconds.

    Attributes:
        connect: From before the TCP connection to the welcome.
        acknowledged: From the message to its acknowledgement, which follows the commit.
        first_event: From the message to the first event.
        gaps: Between one event and the next; 14 of them.
        latencies: From an event's `emitted_at` to its arrival; 15 of them.
        answer: From the message to the answer.
    """

    connect: float
    acknowledged: float
    first_event: float
    gaps: tuple[float, ...]
    latencies: tuple[float, ...]
    answer: float


class Head(msgspec.Struct, frozen=True):
    """What every frame says first."""

    type: str


class _Welcome(msgspec.Struct, frozen=True):
    user_id: str


class _Acknowledged(msgspec.Struct, frozen=True):
    message_id: str
    thread_id: str
    run_ids: tuple[str, ...]


class _Event(msgspec.Struct, frozen=True):
    type: str
    user_id: str
    thread_id: str
    run_id: str
    sequence: int
    emitted_at: float


class _Answer(msgspec.Struct, frozen=True):
    message_id: str
    thread_id: str
    text: str


type_of: Final = msgspec.json.Decoder(Head).decode
"""The type of a frame; raises msgspec.MsgspecError when it has none."""
_Frame = TypeVar("_Frame", bound=msgspec.Struct)


def judge(recording: Recording, epoch_offset_seconds: float) -> Timing:
    """Return how long it took, when nothing was wrong with it.

    Args:
        recording: What the client saw.
        epoch_offset_seconds: Seconds since the epoch, less the client's steady clock; the server
            writes `emitted_at` by the former.

    Raises:
        Deviation: The first thing that was wrong.
    """
    frames, sent_at = recording.frames, recording.sent_at
    if recording.trouble is not None:
        raise Deviation(_placed(recording, recording.trouble))
    types = [_type(recording, data) for _, data in frames]
    wanted = ["welcome", "acknowledged", *CRITICAL_EVENTS * STEPS, "answer"]
    if types != wanted or sent_at is None:
        raise Deviation(_placed(recording, _first_difference(types, wanted)))
    _same(recording, "welcomed", _read(recording, frames[0][1], _Welcome).user_id, "user_id")
    acknowledged = _read(recording, frames[1][1], _Acknowledged)
    for name in ("message_id", "thread_id"):
        _same(recording, "acknowledged", getattr(acknowledged, name), name)
    if len(set(acknowledged.run_ids)) != STEPS:
        raise Deviation(_placed(recording, f"the runs are {acknowledged.run_ids}"))
    events = [(at, _read(recording, data, _Event)) for at, data in frames[2:-1]]
    _check_events(recording, acknowledged.run_ids, [event for _, event in events])
    _check_answer(recording, _read(recording, frames[-1][1], _Answer))
    latencies = tuple(at + epoch_offset_seconds - event.emitted_at for at, event in events)
    if min(latencies) < -_FUTURE_SECONDS:
        early = f"an event came {-min(latencies):.3g} s before its emitted_at"
        raise Deviation(_placed(recording, early))
    return Timing(
        connect=frames[0][0] - recording.connecting_at,
        acknowledged=frames[1][0] - sent_at,
        first_event=events[0][0] - sent_at,
        gaps=tuple(later - earlier for (earlier, _), (later, _) in pairwise(events)),
        latencies=latencies,
        answer=frames[-1][0] - sent_at,
    )


def _check_events(recording: Recording, run_ids: Sequence[str], events: list[_Event]) -> None:
    """Raise what is wrong with the 15 events, whose types are right already."""
    places = [(run, number) for run in run_ids for number in range(1, len(CRITICAL_EVENTS) + 1)]
    for event, (run_id, number) in zip(events, places, strict=True):
        _same(recording, event.type, event.user_id, "user_id")
        _same(recording, event.type, event.thread_id, "thread_id")
        if event.run_id != run_id:
            wrong = f"{event.type} is of run {_shown(event.run_id)}, not of {_shown(run_id)}"
            raise Deviation(_placed(recording, wrong))
        if event.sequence != number:
            wrong = f"{event.type} has number {event.sequence}, not {number}"
            raise Deviation(_placed(recording, wrong))


def _check_answer(recording: Recording, answer: _Answer) -> None:
    _same(recording, "answered", answer.message_id, "message_id")
    _same(recording, "answered", answer.thread_id, "thread_id")
    if not answer.text.strip():
        raise Deviation(_placed(recording, "the answer is empty"))


def _same(recording: Recording, what: str, said: str, name: str) -> None:
    own = getattr(recording, name)
    if said != own:
        raise Deviation(_placed(recording, f"{what} says {name} {_shown(said)}, it is {own}"))


def _type(recording: Recording, data: bytes) -> str:
    try:
        head = type_of(data)
    except msgspec.MsgspecError as exc:
        raise Deviation(_placed(recording, f"a frame of no type ({exc}): {_text(data)}")) from exc
    if head.type in ("error", "agent_error"):
        raise Deviation(_placed(recording, f"the server said {_text(data)}"))
    return head.type


def _read(recording: Recording, data: bytes, shape: type[_Frame]) -> _Frame:
    try:
        return msgspec.json.decode(data, type=shape)
    except msgspec.MsgspecError as exc:
        raise Deviation(_placed(recording, f"a frame is malformed ({exc}): {_text(data)}")) from exc


def _first_difference(seen: list[str], wanted: list[str]) -> str:
    """Name the first frame that is not the one it should be."""
    place = 0
    while place < min(len(seen), len(wanted)) and seen[place] == wanted[place]:
        place += 1
    instead = _shown(seen[place]) if place < len(seen) else "nothing"
    meant = wanted[place] if place < len(wanted) else "nothing"
    return f"frame {place + 1} is {instead} where {meant} should be ({len(seen)} frames)"


def _placed(recording: Recording, wrong: str) -> str:
    closed = "" if recording.close_code is None else f"; closed with {recording.close_code}"
    return f"{recording.user_id}: {wrong}{closed}"


def _shown(text: str) -> str:
    return repr(text[:_SHOWN_CHARACTERS])


def _text(data: bytes) -> str:
    return _shown(data[:_SHOWN_CHARACTERS].decode("utf-8", "replace"))
