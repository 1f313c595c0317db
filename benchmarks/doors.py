"""Connections in memory, as `system_under_test.connection.Connection` asks for them."""


class Sink:
    """Keeps the last message only, so that it can be written to for ever."""

    __slots__ = ("last",)

    def __init__(self) -> None:
        self.last = b""

    def write(self, data: bytes, /) -> None:
        """Take one message in the place of the last."""
        self.last = data

    def close(self, code: int, reason: str, /) -> None:
        """Nothing is open."""


class Mailbox:
    """Keeps every message, in order, and the code with which it was closed."""

    __slots__ = ("closed", "messages")

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.closed: int | None = None

    def write(self, data: bytes, /) -> None:
        """Take one message."""
        self.messages.append(data)

    def close(self, code: int, reason: str, /) -> None:  # noqa: ARG002 - the protocol's signature
        """Note that the other side closed it."""
        self.closed = code


class BrokenDoor:
    """A connection whose other end is gone: every write fails."""

    __slots__ = ()

    def write(self, data: bytes, /) -> None:  # noqa: ARG002 - the protocol's signature
        """Fail as a socket does.

        Raises:
            ConnectionResetError: Always.
        """
        raise ConnectionResetError("the other end is gone")

    def close(self, code: int, reason: str, /) -> None:
        """Nothing is open."""
