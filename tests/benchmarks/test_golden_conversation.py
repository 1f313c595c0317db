"""A recording with one thing wrong is told apart from one with nothing wrong."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from benchmarks.golden.conversation import EVENTS, Deviation, Recording, judge
from tests.benchmarks.golden_fake import Frames, reply_to

OFFSET = 1_000.0
STEP = 0.01


def recording(spoil: Callable[[Frames], Frames] = lambda frames: frames) -> Recording:
    """Connected at 0 s, welcomed at 0.5, sent at 1; a frame each 10 ms, emitted 2 ms before."""
    one = Recording(
        user_id="user-7f3a9c",
        thread_id="thread-51b2",
        message_id="message-c0ffee",
        connecting_at=0.0,
        sent_at=1.0,
    )
    asked = {"message_id": one.message_id, "thread_id": one.thread_id}
    said: Frames = [{"type": "welcome", "user_id": one.user_id, "node": "n"}]
    for place, frame in enumerate(reply_to(one.user_id, asked, 0.0), 1):
        emitted = {"emitted_at": OFFSET + _at(place) - 0.002} if "run_id" in frame else {}
        said.append({**frame, **emitted})
    one.frames = [
        (_at(place), json.dumps(frame).encode()) for place, frame in enumerate(spoil(said))
    ]
    return one


def _at(place: int) -> float:
    return 1.0 + STEP * place if place else 0.5


def test_a_faultless_conversation_has_planted_times() -> None:
    timing = judge(recording(), OFFSET)
    assert timing.connect == pytest.approx(0.5)
    assert timing.acknowledged == pytest.approx(STEP)
    assert timing.first_event == pytest.approx(2 * STEP)
    assert timing.answer == pytest.approx(17 * STEP)
    assert timing.gaps == pytest.approx([STEP] * (EVENTS - 1))
    assert timing.latencies == pytest.approx([0.002] * EVENTS)


def changed(place: int, **fields: object) -> Callable[[Frames], Frames]:
    """Frame 0 is the welcome, 1 the acknowledgement, 2 to 16 the events, 17 the answer."""

    def spoil(frames: Frames) -> Frames:
        frames[place] = {**frames[place], **fields}
        return frames

    return spoil


def swapped(frames: Frames) -> Frames:
    frames[4], frames[5] = frames[5], frames[4]
    return frames


def steps_swapped(frames: Frames) -> Frames:
    return [*frames[:2], *frames[7:12], *frames[2:7], *frames[12:]]


WRONG: dict[str, tuple[Callable[[Frames], Frames], str]] = {
    "nothing came": (lambda _: [], "frame 1 is nothing where welcome"),
    "a stranger was welcomed": (changed(0, user_id="user-other"), "user_id 'user-other'"),
    "another message was acknowledged": (changed(1, message_id="another"), "message_id"),
    "another thread was acknowledged": (changed(1, thread_id="another"), "thread_id"),
    "two runs": (changed(1, run_ids=["run-1", "run-2"]), "the runs are"),
    "one run thrice": (changed(1, run_ids=["run-1"] * 3), "the runs are"),
    "no acknowledgement": (lambda f: [f[0], *f[2:]], "frame 2 is 'agent_started'"),
    "an event was lost": (lambda f: [*f[:5], *f[6:]], "frame 6 is 'agent_completed'"),
    "an event came twice": (lambda f: [*f[:5], f[4], *f[5:]], "frame 6 is 'tool_executing'"),
    "two events in the wrong order": (swapped, "frame 5 is 'tool_completed'"),
    "two steps in the wrong order": (steps_swapped, "is of run 'run-1"),
    "a wrong number": (changed(8, sequence=1), "number 1, not 2"),
    "an event of somebody else": (changed(9, user_id="user-other"), "user_id 'user-other'"),
    "an event of another thread": (changed(9, thread_id="another"), "thread_id 'another'"),
    "an event without its number": (changed(9, sequence=None), "malformed"),
    "an event from the future": (changed(9, emitted_at=OFFSET + 9.0), "before its emitted_at"),
    "an error of the server": (
        lambda f: [*f[:3], {"type": "error", "code": "storage", "reason": "full"}],
        "storage",
    ),
    "an agent that failed": (changed(6, type="agent_error"), "agent_error"),
    "no answer": (lambda f: f[:-1], "frame 18 is nothing where answer"),
    "two answers": (lambda f: [*f, f[-1]], "frame 19 is 'answer' where nothing"),
    "an answer to another message": (changed(17, message_id="another"), "message_id"),
    "an answer in another thread": (changed(17, thread_id="another"), "thread_id"),
    "an empty answer": (changed(17, text=" "), "the answer is empty"),
    "an answer before the events end": (
        lambda f: [*f[:16], f[17], f[16]],
        "frame 17 is 'answer' where agent_completed",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name: str) -> None:
    spoil, said = WRONG[name]
    with pytest.raises(Deviation, match=r"^user-7f3a9c: ") as seen:
        judge(recording(spoil), OFFSET)
    assert said in str(seen.value)


def test_what_is_no_json_is_said_in_one_short_line() -> None:
    one = recording()
    one.frames[3] = (one.frames[3][0], b"\xff" * 5_000)
    with pytest.raises(Deviation, match="a frame of no type") as seen:
        judge(one, OFFSET)
    assert len(str(seen.value)) < 400


def test_a_trouble_of_the_client_and_the_close_code_are_told() -> None:
    one = recording(lambda frames: frames[:3])
    one.trouble, one.close_code = "the server ended the connection", 1011
    with pytest.raises(Deviation, match="ended the connection; closed with 1011"):
        judge(one, OFFSET)
