"""Whatever several users do at once, an event reaches its own user and nobody else."""

from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Final

from benchmarks.doors import Mailbox
from benchmarks.driving import driven
from benchmarks.probes.trial import Trial, Wrong, expect_refusal
from system_under_test.parts import Own
from system_under_test.protocol import ReferenceSystem

STEPS: Final = 25
CONNECTIONS: Final = 3
# Sending is what could go wrong, so it is what is done most.
WEIGHTS: Final = {
    "connect": 5,
    "disconnect": 3,
    "pause": 1,
    "resume": 2,
    "send": 10,
    "send_to_thread": 3,
    "send_foreign": 1,
    "broadcast": 2,
}


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is a manager of its own, and 25 random steps of two to six users."""
    for _ in range(count):
        yield partial(_interleaving, system, chance)


def _interleaving(system: ReferenceSystem, chance: Random) -> None:
    crowd = _Crowd(system, chance)
    for step in chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=STEPS):
        getattr(crowd, step)()
    crowd.compare()


class _Crowd:
    """Users, their connections, and which message was meant for whom."""

    def __init__(self, system: ReferenceSystem, chance: Random) -> None:
        self._system = system
        self._chance = chance
        self._manager = driven(system.create_manager)
        self._users = [f"user-{system.unique_id()}" for _ in range(chance.randint(2, 6))]
        self._open: dict[str, list[Mailbox]] = {user: [] for user in self._users}
        self._ever: dict[str, list[Mailbox]] = {user: [] for user in self._users}
        self._addressee: dict[bytes, str | None] = {}
        self._delivered: list[tuple[str, bytes]] = []
        self._sent = 0

    def connect(self) -> None:
        user = self._chance.choice(self._users)
        if len(self._open[user]) < CONNECTIONS:
            mailbox = Mailbox()
            self._manager.connect(user, mailbox, f"thread-of-{user}")
            self._open[user].append(mailbox)
            self._ever[user].append(mailbox)

    def disconnect(self) -> None:
        user = self._chance.choice(self._users)
        if self._open[user]:
            mailboxes = self._open[user]
            self._manager.disconnect(mailboxes.pop(self._chance.randrange(len(mailboxes))))

    def pause(self) -> None:
        for mailbox in self._open[self._chance.choice(self._users)]:
            self._manager.pause(mailbox)

    def resume(self) -> None:
        for mailbox in self._open[self._chance.choice(self._users)]:
            self._manager.resume(mailbox)

    def send(self) -> None:
        user = self._chance.choice(self._users)
        event = self._event(user)
        outcome = self._manager.send(user, event)
        if outcome.status == "delivered":
            self._delivered.append((user, self._system.encode_event(event)))

    def send_to_thread(self) -> None:
        user = self._chance.choice(self._users)
        self._manager.send_to_thread(f"thread-of-{user}", self._event(user))

    def send_foreign(self) -> None:
        owner, other = self._chance.sample(self._users, 2)
        refusal = self._system.errors()["context_isolation"]
        event = self._event(owner)
        expect_refusal(
            refusal, lambda: self._manager.send(other, event), "an event of another user"
        )

    def broadcast(self) -> None:
        self._sent += 1
        notice = {"type": "notice", "number": self._sent}
        self._addressee[self._system.encode_event(notice)] = None
        self._manager.broadcast(notice)

    def compare(self) -> None:
        """Look into every mailbox there ever was."""
        for user, mailboxes in self._ever.items():
            for data in (data for mailbox in mailboxes for data in mailbox.messages):
                if data not in self._addressee:
                    raise Wrong(f"{user} was given what nobody sent: {data[:80]!r}")
                if self._addressee[data] not in (user, None):
                    raise Wrong(f"{user} was given an event of {self._addressee[data]}")
        for user, data in self._delivered:
            if not any(data in mailbox.messages for mailbox in self._ever[user]):
                raise Wrong(f"an event for {user} was said to be delivered and was not")

    def _event(self, user: str) -> Own:
        self._sent += 1
        event = self._system.create_event(
            type=self._system.critical_events()[0],
            user_id=user,
            thread_id=f"thread-of-{user}",
            run_id=f"run-of-{user}",
            sequence=self._sent,
            emitted_at=0.5,
            payload={"number": self._sent},
        )
        self._addressee[self._system.encode_event(event)] = user
        return event
