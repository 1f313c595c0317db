"""Events to JSON and back: the one door to the encoder, where its errors become ours."""

from collections.abc import Mapping
from typing import Any, Final, NoReturn

import msgspec

from system_under_test.errors import UnencodableEventError
from system_under_test.events import AgentEvent


def _refuse(value: object) -> NoReturn:
    raise UnencodableEventError(f"it holds a {type(value).__name__}")


_encode: Final = msgspec.json.Encoder(enc_hook=_refuse).encode
_decode: Final = msgspec.json.Decoder(AgentEvent).decode


def encode_event(event: AgentEvent | Mapping[str, Any]) -> bytes:
    """Return an event, or any JSON object, as UTF-8 JSON without spaces.

    A number that JSON cannot say (NaN, infinity) becomes null.

    Raises:
        UnencodableEventError: It holds an object, a key or a text that JSON cannot say,
            or itself.
    """
    try:
        return _encode(event)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        if isinstance(error, UnencodableEventError):
            raise
        raise UnencodableEventError(str(error)) from error


def decode_event(data: bytes) -> AgentEvent:
    """Return the agent event that `encode_event` wrote.

    Raises:
        msgspec.DecodeError: The bytes are not JSON.
        msgspec.ValidationError: The JSON is no agent event.
    """
    return _decode(data)
