"""What each client sent and what came back: kept by the clients, judged at the end.

Nothing here does I/O. A promise that was broken is found by comparing what is written down here
with itself, with the tokens that the clients showed, and with the database when all is over.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from benchmarks.faults.tally import Tally

STEPS: Final = 3
EVENTS_A_RUN: Final = 5
# In every message of a user: whoever else receives it has received what is not theirs.
_MARK: Final = re.compile(rb"marker-([a-z]+-[0-9]+)-end")


def marked(user_id: str, text: str) -> str:
    """Return a message that can be told to be this user's, wherever it turns up."""
    return f"{text} marker-{user_id}-end"


class Message(msgspec.Struct, kw_only=True):
    """One message of a user.

    Attributes:
        message_id: The client's own.
        user_id: Who sent it.
        thread_id: Where to.
        text: What it said.
        run_ids: Of its acknowledgement; None while there is none.
        answered: Whether the answer came.
        error: Code and reason of an error that ended it, or None.
        undisturbed: Whether it was sent and ended over one connection that stayed open.
        events: Run and number of each event, in the order of arrival, while undisturbed.
    """

    message_id: str
    user_id: str
    thread_id: str
    text: str
    run_ids: tuple[str, ...] | None = None
    answered: bool = False
    error: tuple[str, str] | None = None
    undisturbed: bool = True
    events: list[tuple[str, int]] = []

    @property
    def ended(self) -> bool:
        """Whether the answer came, or an error."""
        return self.answered or self.error is not None


class Stored(msgspec.Struct, frozen=True):
    """What the database holds of a message: its text, and whether an answer to it is there."""

    text: str
    answered: bool


class Ledger:
    """All messages of all users, and a tally of promises."""

    def __init__(self) -> None:
        self.messages: dict[str, Message] = {}
        self.tally = Tally()

    def sent(self, message: Message) -> None:
        """Note a message before it is sent."""
        self.messages[message.message_id] = message

    def received(self, user_id: str, frame: bytes) -> dict[str, Any]:
        """Note a frame that came to a connection of a user, and return what it says.

        Raises:
            msgspec.DecodeError: It is no JSON.
        """
        said: dict[str, Any] = msgspec.json.decode(frame)
        self.tally.hold("wrong user", not (stranger := _stranger(user_id, frame, said)), stranger)
        return said

    def promise_end(self, message: Message) -> None:
        """Hold an undisturbed message against what it was promised: fifteen events, an answer."""
        if not message.undisturbed:
            return
        self.tally.hold("message without end", message.ended, f"{message.message_id} got neither")
        if message.error is not None:
            code, reason = message.error
            self.tally.hold("error without reason", bool(code and reason), message.message_id)
        if message.answered:
            wrong = _wrong_events(message)
            self.tally.hold("events of an answer", not wrong, f"{message.message_id}: {wrong}")

    def compare(self, stored: Mapping[str, Stored]) -> None:
        """Hold every acknowledged message and every answer against the database.

        Args:
            stored: What it holds, by message id.
        """
        for message in self.messages.values():
            kept = stored.get(message.message_id)
            if message.run_ids is not None:
                there = kept is not None and kept.text == message.text
                self.tally.hold("acknowledged and lost", there, message.message_id)
            if message.answered:
                there = kept is not None and kept.answered
                self.tally.hold("answered and lost", there, message.message_id)

    def counts(self) -> dict[str, int]:
        """Return how many messages came how far."""
        messages = tuple(self.messages.values())
        return {
            "messages sent": len(messages),
            "acknowledged": sum(message.run_ids is not None for message in messages),
            "answered": sum(message.answered for message in messages),
            "ended by an error with reason": sum(message.error is not None for message in messages),
            "cut off by a fault": sum(not message.undisturbed for message in messages),
            "cut off without an end": sum(
                not message.undisturbed and not message.ended for message in messages
            ),
        }


def _stranger(user_id: str, frame: bytes, said: Mapping[str, Any]) -> str:
    """Return what of a frame belongs to somebody else, or nothing."""
    named = said.get("user_id", user_id)
    if named != user_id:
        return f"{user_id} got an event of {named}"
    others = {mark.decode() for mark in _MARK.findall(frame)} - {user_id}
    return f"{user_id} got the words of {', '.join(sorted(others))}" if others else ""


def _wrong_events(message: Message) -> str:
    """Return what is wrong with the events of an answered message, or nothing."""
    wanted = tuple(range(1, EVENTS_A_RUN + 1))
    runs: dict[str, list[int]] = {run_id: [] for run_id in message.run_ids or ()}
    for run_id, sequence in message.events:
        runs.setdefault(run_id, []).append(sequence)
    if len(runs) != STEPS:
        return f"{len(runs)} runs instead of {STEPS}"
    return ", ".join(_odd(runs.items(), wanted))


def _odd(runs: Iterable[tuple[str, list[int]]], wanted: tuple[int, ...]) -> Iterator[str]:
    for run_id, sequences in runs:
        if tuple(sequences) != wanted:
            yield f"run {run_id} came as {sequences}"
