"""What client and server say to each other: JSON objects in text frames, named by `type`.

A client says `message` and `ping`. The server says `welcome` first, then `acknowledged`, the events
of the runs, and `answer` for each message; `pong`; and `error` with one of the codes below.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Final, TypeAlias

import msgspec

from system_under_test.errors import BackendError


class ErrorCode(StrEnum):
    """What an `error` frame can be about."""

    BAD_JSON = "bad_json"
    BAD_MESSAGE = "bad_message"
    TOO_LARGE = "too_large"
    ISOLATION = "isolation"
    BUSY = "busy"
    STORAGE = "storage"
    AGENT_FAILED = "agent_failed"
    AGENT_TIMEOUT = "agent_timeout"
    AGENT_CANCELLED = "agent_cancelled"
    GOING_AWAY = "going_away"


class FrameError(BackendError):
    """A frame of a client is refused.

    Attributes:
        code: What it is about.
        reason: One sentence: what is wrong and what to do.
        message_id: The message it was about, as far as that can be told.
    """

    def __init__(self, code: ErrorCode, reason: str, message_id: str | None = None) -> None:
        super().__init__(code, reason, message_id)
        self.code = code
        self.reason = reason
        self.message_id = message_id

    def __str__(self) -> str:
        return self.reason


class ClientMessage(
    msgspec.Struct, tag_field="type", tag="message", frozen=True, forbid_unknown_fields=True
):
    """A user's message to the agent.

    Attributes:
        text: What the user says, not blank.
        message_id: The client's name for it; made unless given.
        thread_id: The conversation it goes on; a new one unless given.
        user_id: Whose it is; must be the token's user when it is given.
    """

    text: str
    message_id: str | None = None
    thread_id: str | None = None
    user_id: str | None = None


class Ping(msgspec.Struct, tag_field="type", tag="ping", frozen=True):
    """A frame that comes back as it is, in a `pong`."""

    data: msgspec.Raw = msgspec.Raw(b"null")


class Pong(msgspec.Struct, tag_field="type", tag="pong", frozen=True):
    """The echo of a `ping`."""

    data: msgspec.Raw


ClientFrame: TypeAlias = ClientMessage | Ping

_decode: Final[Callable[[bytes], ClientFrame]] = msgspec.json.Decoder(ClientFrame).decode
_encode_pong: Final = msgspec.json.Encoder().encode


def read_frame(data: bytes) -> ClientFrame:
    """Return what a client said.

    Raises:
        FrameError: It is no JSON, or no frame that a client may send.
    """
    try:
        return _decode(data)
    except msgspec.ValidationError as error:
        reason = f"this is no message of the protocol: {error}; send type message or ping"
        raise FrameError(ErrorCode.BAD_MESSAGE, reason) from error
    except (msgspec.DecodeError, RecursionError) as error:
        reason = "this is no JSON; send one JSON object in a text frame"
        raise FrameError(ErrorCode.BAD_JSON, reason) from error


def pong(ping: Ping) -> bytes:
    """Return the answer to a ping, as it goes over the wire."""
    return _encode_pong(Pong(ping.data))


def welcome(user_id: str, node: str, heartbeat_seconds: float) -> dict[str, Any]:
    """Return the first frame of every connection."""
    return {
        "type": "welcome",
        "user_id": user_id,
        "node": node,
        "heartbeat_seconds": heartbeat_seconds,
    }


def acknowledged(message_id: str, thread_id: str, run_ids: Sequence[str]) -> dict[str, Any]:
    """Return what says that a message and its runs are stored."""
    return {
        "type": "acknowledged",
        "message_id": message_id,
        "thread_id": thread_id,
        "run_ids": list(run_ids),
    }


def answer(message_id: str, thread_id: str, text: str) -> dict[str, Any]:
    """Return the answer to a message, which is stored."""
    return {"type": "answer", "message_id": message_id, "thread_id": thread_id, "text": text}


def error_frame(error: FrameError) -> dict[str, Any]:
    """Return what says that something was refused or failed, and what to do."""
    told = {"type": "error", "code": error.code.value, "reason": error.reason}
    return told if error.message_id is None else {**told, "message_id": error.message_id}
