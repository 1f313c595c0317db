"""A clock that is set and a door that remembers, for the seams of the backend."""

import json
from collections.abc import Callable
from typing import Any

from system_under_test import UnifiedWebSocketManager, UserExecutionContext


class FakeClock:
    """Shows the time that it was set to."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class FakeDoor:
    """A connection that keeps what it is given, and can be told to fail or to fill up."""

    def __init__(self, user_id: str = "user-1") -> None:
        self.user_id = user_id
        self.taken: list[Any] = []
        self.closed: tuple[int, str] | None = None
        self.taken_after_close = 0
        self.broken = False
        self.room: int | None = None
        self.when_full: Callable[[], object] = lambda: None

    def write(self, data: bytes, /) -> None:
        if self.broken:
            raise OSError("the other end is gone")
        self.taken_after_close += self.closed is not None
        self.taken.append(json.loads(data))
        if self.room is not None:
            self.room -= 1
            if self.room <= 0:
                self.room = None
                self.when_full()

    def close(self, code: int, reason: str, /) -> None:
        self.closed = (code, reason)


def make_context(user_id: str = "user-1", run_id: str = "run-1") -> UserExecutionContext:
    return UserExecutionContext(user_id=user_id, thread_id=f"thread-of-{user_id}", run_id=run_id)


def numbers(door: FakeDoor) -> list[int]:
    return [message["n"] for message in door.taken]


def send_numbers(manager: UnifiedWebSocketManager, *sent: int) -> list[str]:
    return [str(manager.send("user-1", {"n": number}).status) for number in sent]
