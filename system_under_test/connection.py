"""The small door through which the manager writes, and the limits that it keeps."""

from contextlib import suppress
from typing import Final, Protocol

import msgspec

CLOSE_GOING_AWAY: Final = 1001
CLOSE_TRY_AGAIN_LATER: Final = 1013


class Connection(Protocol):
    """What the manager asks of a connection: a door that never waits.

    A connection over a socket puts the bytes into its transport's buffer and tells the manager, by
    `pause` and `resume`, when that buffer is too full. It is compared and hashed by identity.
    During `write` it may call the manager's `pause`, and nothing else of it.
    """

    def write(self, data: bytes, /) -> None:
        """Take one whole message, or raise: any exception means a lost connection."""

    def close(self, code: int, reason: str, /) -> None:
        """Close the connection for good; the manager has already forgotten it."""


def close_quietly(connection: Connection, code: int, reason: str) -> None:
    """Close a connection whose other end may be gone, in which case closing fails too."""
    with suppress(Exception):
        connection.close(code, reason)


class ManagerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one user, and all users together, may occupy.

    One figure bounds the queue of a slow connection and the recovery queue of an away user, so that
    the one becomes the other, at a disconnect and at a reconnect, without losing anything.

    Attributes:
        connections_per_user: Connections of one user at once.
        queued_events: Events that wait for one connection, or for a user who is away.
        away_users: Users without a connection who are remembered; beyond that the one longest away
            gives way.
        threads_per_user: Threads of one user that are remembered; beyond that the oldest gives way.
    """

    connections_per_user: int = 10
    queued_events: int = 50
    away_users: int = 10_000
    threads_per_user: int = 100

    def __post_init__(self) -> None:
        for field in self.__struct_fields__:
            value = getattr(self, field)
            if type(value) is not int or value < 1:
                raise ValueError(
                    f"ManagerLimits.{field} is {value!r}, but a limit is a number above 0"
                )
