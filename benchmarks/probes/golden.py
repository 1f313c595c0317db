"""A whole conversation over a real socket: stored, worked on in order, answered, and stored."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from functools import partial
from random import Random
from typing import Any, Final

from benchmarks.probes.serving import Service, expect_welcome, served, told
from benchmarks.probes.trial import Trial, Wrong
from system_under_test.parts import Own
from system_under_test.protocol import ReferenceSystem

STEPS: Final = 3
_WORDS: Final = ("cost", "rent", "and", "in", "March", "paid", "twice")


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is two users who talk at the same time, each with one or two messages."""
    with served(system) as service:
        database = service.run(system.create_database(service.database_url))
        try:
            for _ in range(count):
                texts = [[_text(chance) for _ in range(chance.randint(1, 2))] for _ in range(2)]
                yield partial(_try, service, system, database, texts)
        finally:
            service.run(database.close())


def _try(
    service: Service, system: ReferenceSystem, database: Own, texts: Sequence[Sequence[str]]
) -> None:
    async def all_of_them() -> None:
        talks = [_Conversation(service, system, database, each).hold() for each in texts]
        await asyncio.gather(*talks)

    service.run(all_of_them())


def _text(chance: Random) -> str:
    words = [chance.choice(_WORDS) for _ in range(chance.randint(1, 6))]
    return " ".join([*words, str(chance.randint(1, 9_999))])


class _Conversation:
    """One user, one thread, and what must come of each message."""

    def __init__(
        self, service: Service, system: ReferenceSystem, database: Own, texts: Sequence[str]
    ) -> None:
        self._service = service
        self._events = [str(event) for event in system.critical_events()]
        self._database = database
        self._texts = texts
        self._user_id = system.unique_id()
        self._thread_id = system.unique_id()
        self._ids = [system.unique_id() for _ in texts]

    async def hold(self) -> None:
        answers = []
        async with self._service.knock(self._service.token(self._user_id)) as client:
            await expect_welcome(client, self._user_id)
            for message_id, text in zip(self._ids, self._texts, strict=True):
                message = {
                    "type": "message",
                    "text": text,
                    "message_id": message_id,
                    "thread_id": self._thread_id,
                }
                await client.send(json.dumps(message))
                frames = [await told(client)]
                while frames[-1]["type"] not in ("answer", "error"):
                    frames.append(await told(client))
                self._check(message_id, frames)
                answers.append(frames[-1]["text"])
        await self._check_stored(answers)

    def _check(self, message_id: str, frames: Sequence[dict[str, Any]]) -> None:
        first, *events, last = frames
        about = (message_id, self._thread_id)
        if first["type"] != "acknowledged" or len(set(first["run_ids"])) != STEPS:
            raise Wrong(f"a message was first told {first}")
        seen = [(event["run_id"], event["type"], event.get("sequence")) for event in events]
        expected = [
            (run, kind, number)
            for run in first["run_ids"]
            for number, kind in enumerate(self._events, 1)
        ]
        if seen != expected:
            wrong = next(pair for pair in zip(seen, expected, strict=False) if pair[0] != pair[1])
            raise Wrong(f"{len(seen)} events came; {wrong[0][1:]} where {wrong[1][1:]} belongs")
        owners = {(event["user_id"], event["thread_id"]) for event in events}
        if owners != {(self._user_id, self._thread_id)}:
            raise Wrong("an event of another user or thread came")
        for frame in (first, last):
            if (frame.get("message_id"), frame.get("thread_id")) != about:
                raise Wrong(f"{frame['type']} was about something else: {frame}")
        if last["type"] != "answer" or not last["text"]:
            raise Wrong(f"instead of an answer came {last}")

    async def _check_stored(self, answers: Sequence[str]) -> None:
        """Ask the database, by a connection of its own, whether what was told is kept."""
        stored = await self._database.messages(self._thread_id, self._user_id)
        expected = [text for pair in zip(self._texts, answers, strict=True) for text in pair]
        if [message.text for message in stored] != expected:
            raise Wrong(f"{len(expected)} messages were told and {len(stored)} are kept, or others")
