"""A WebSocket client's bytes (RFC 6455), without a socket: requests, frames, answers.

Frames are masked with the key of four zeros, which leaves the payload as it is: a server does all
of its work and the client next to none, so that it is the server that is measured. The sender may
break any rule; that is what the fault run needs.
"""

import base64
import os
from collections.abc import Mapping
from typing import Final, NamedTuple

TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

_FINAL: Final = 0x80
_MASKED: Final = 0x80
_ZERO_KEY: Final = bytes(4)
_LONGEST_SHORT: Final = 125
_LENGTH_IN_2_BYTES: Final = 126
_LENGTH_IN_8_BYTES: Final = 127


class Frame(NamedTuple):
    """One frame of the server."""

    opcode: int
    payload: bytes


class Answer(NamedTuple):
    """The head of an HTTP answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]


def upgrade_request(host: str, port: int, path: str, headers: Mapping[str, str] = {}) -> bytes:
    """Return the bytes that ask for a WebSocket."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def frame(payload: bytes, opcode: int = TEXT, *, masked: bool = True, reserved: int = 0) -> bytes:
    """Return one final frame.

    Args:
        payload: What it carries.
        opcode: Any number below 16.
        masked: Whether it is masked, as a client must.
        reserved: The three reserved bits, 0 to 7; anything but 0 breaks the protocol.
    """
    first = _FINAL | reserved << 4 | opcode
    mask, key = (_MASKED, _ZERO_KEY) if masked else (0, b"")
    length = len(payload)
    if length <= _LONGEST_SHORT:
        head = bytes((first, mask | length))
    elif length < 1 << 16:
        head = bytes((first, mask | _LENGTH_IN_2_BYTES)) + length.to_bytes(2, "big")
    else:
        head = bytes((first, mask | _LENGTH_IN_8_BYTES)) + length.to_bytes(8, "big")
    return head + key + payload


class AnswerReader:
    """Collects the head of the answer to a handshake."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> tuple[Answer, bytes] | None:
        """Return the head and what came after it, or None while the head is not whole.

        Raises:
            ValueError: This is no HTTP.
        """
        self._buffer += data
        head, ended, rest = self._buffer.partition(b"\r\n\r\n")
        if not ended:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        version, _, status = first.partition(" ")
        if not version.startswith("HTTP/"):
            raise ValueError(f"the answer to the handshake begins with {first[:40]!r}")
        named = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in named}
        return Answer(int(status[:3]), headers), rest


class FrameReader:
    """Collects the frames of a server, whole ones only."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that are whole by now."""
        buffer = self._buffer + data if self._buffer else data
        frames = []
        at = 0
        while (span := _span(buffer, at)) is not None:
            begin, end = span
            frames.append(Frame(buffer[at] & 0xF, buffer[begin:end]))
            at = end
        self._buffer = buffer[at:]
        return frames


def _span(buffer: bytes, at: int) -> tuple[int, int] | None:
    """Return where the payload of the frame at this place begins and ends, when it is whole."""
    if len(buffer) < at + 2:
        return None
    length = buffer[at + 1] & 0x7F
    begin = at + 2
    wide = {_LENGTH_IN_2_BYTES: 2, _LENGTH_IN_8_BYTES: 8}.get(length, 0)
    if wide:
        if len(buffer) < begin + wide:
            return None
        length = int.from_bytes(buffer[begin : begin + wide], "big")
        begin += wide
    return (begin, begin + length) if len(buffer) >= begin + length else None
