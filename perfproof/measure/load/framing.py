"""Requests as WebSocket frames, made of parts that were ready before the first was due.

A driver that builds each message from its text with a library's call a frame spends more than the
server that answers it. Of one connection's messages only the id differs, and its length does not:
so header, mask and both ends stand ready (RFC 6455, section 5.2).
"""

from __future__ import annotations

import secrets
import struct

from perfproof.measure.load.endpoint import Asking

__all__ = ["Frames"]

_FINAL_TEXT = 0x81
_MASKED = 0x80
_SHORT, _MEDIUM = 126, 1 << 16
_KEY_BYTES = 4


class Frames:
    """The frames of one connection; its key is drawn, as clients must.

    Args:
        asking: What is asked.
        connection: By which.
    """

    def __init__(self, asking: Asking, connection: int) -> None:
        self._parts = [each.encode() for each in asking.around_id(connection)]
        self._run = asking.run.encode()
        key = secrets.token_bytes(_KEY_BYTES)
        self._length = len(self._id(0).join(self._parts))
        self._header = _header(self._length) + key
        repeated = key * (self._length // _KEY_BYTES + 1)
        self._mask = int.from_bytes(repeated[: self._length], "little")

    def frame(self, number: int) -> bytes:
        """Request ``number``, masked, with its header."""
        payload = int.from_bytes(self._id(number).join(self._parts), "little")
        return self._header + (payload ^ self._mask).to_bytes(self._length, "little")

    def _id(self, number: int) -> bytes:
        return b"%b%08x" % (self._run, number)


def _header(length: int) -> bytes:
    if length < _SHORT:
        return bytes((_FINAL_TEXT, _MASKED | length))
    if length < _MEDIUM:
        return struct.pack("!BBH", _FINAL_TEXT, _MASKED | _SHORT, length)
    return struct.pack("!BBQ", _FINAL_TEXT, _MASKED | (_SHORT + 1), length)
