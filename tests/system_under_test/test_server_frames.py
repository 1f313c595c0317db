import asyncio
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from system_under_test.frames import ErrorCode
from system_under_test.server import BackendServer
from tests.system_under_test.server_harness import (
    connecting,
    ending_of,
    greeted,
    in_loop,
    is_error,
    say,
    serving,
    settings_in,
    token_of,
    told,
    told_until,
    until,
)

LIMIT = 8_192
BOTH_LOOPS = pytest.mark.parametrize("uvloop", [True, False], ids=["uvloop", "asyncio"])


def frame(opcode: int, payload: bytes, *, fin: bool = True, bits: int = 0) -> bytes:
    """Return a client's frame with a mask of zeros, as it goes over the wire."""
    first = bytes([(0x80 if fin else 0) | bits | opcode])
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65_536:
        length = bytes([0x80 | 126]) + struct.pack("!H", size)
    else:
        length = bytes([0x80 | 127]) + struct.pack("!Q", size)
    return first + length + bytes(4) + payload


class RawClient:
    """Says anything after a good handshake, and understands short and middle frames."""

    def __init__(self, server: BackendServer, user_id: str = "user-1") -> None:
        self._server = server
        self._user_id = user_id

    async def __aenter__(self) -> "RawClient":
        self.reader, self.writer = await asyncio.open_connection(*self._server.address)
        self.writer.write(
            f"GET /ws?token={token_of(self._user_id)} HTTP/1.1\r\nHost: here\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        assert b"101" in await self.reader.readuntil(b"\r\n\r\n")
        assert (await self.said())["type"] == "welcome"
        return self

    async def __aexit__(self, *raised: object) -> None:
        self.writer.close()

    async def next(self) -> tuple[int, bytes]:
        """Return opcode and payload of the next frame."""
        first, size = await self.reader.readexactly(2)
        if size == 126:
            (size,) = struct.unpack("!H", await self.reader.readexactly(2))
        return first & 15, await self.reader.readexactly(size)

    async def said(self) -> dict[str, Any]:
        opcode, payload = await self.next()
        assert opcode == 1
        told: dict[str, Any] = json.loads(payload)
        return told

    async def closing_code(self) -> int:
        """Return the code of the closing frame, and see that the socket is closed after it."""
        opcode, payload = await self.next()
        while opcode != 8:
            opcode, payload = await self.next()
        self.writer.write(frame(8, payload[:2]))
        assert await self.reader.read() == b""
        self.writer.close()
        code: int = struct.unpack("!H", payload[:2])[0]
        return code


@BOTH_LOOPS
def test_a_ping_message_comes_back_as_it_was(tmp_path: Path, uvloop: bool) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server, connecting(server) as client:
            await greeted(client)
            for data in ([1, {"a": None}], "text", 7, None):
                await client.send(json.dumps({"type": "ping", "data": data}))
                assert await told(client) == {"type": "pong", "data": data}
            await client.send('{"type":"ping"}')
            assert await told(client) == {"type": "pong", "data": None}
            await (await client.ping(b"of the protocol"))

    in_loop(check(), uvloop=uvloop)


REFUSED = [
    ("{", ErrorCode.BAD_JSON),
    ("", ErrorCode.BAD_JSON),
    ("[]", ErrorCode.BAD_MESSAGE),
    ("{}", ErrorCode.BAD_MESSAGE),
    ('{"type":"shout","text":"hello"}', ErrorCode.BAD_MESSAGE),
    ('{"type":"message"}', ErrorCode.BAD_MESSAGE),
    ('{"type":"message","text":7}', ErrorCode.BAD_MESSAGE),
    ('{"type":"message","text":"  "}', ErrorCode.BAD_MESSAGE),
    ('{"type":"message","text":"a","colour":"red"}', ErrorCode.BAD_MESSAGE),
    ('{"type":"message","text":"a","thread_id":"default"}', ErrorCode.BAD_MESSAGE),
    ('{"type":"message","text":"a","message_id":"two words"}', ErrorCode.BAD_MESSAGE),
    ('{"type":"message","text":"a","user_id":"user-2"}', ErrorCode.ISOLATION),
    ('{"type":"ping","data":' + "[" * 8_000, ErrorCode.BAD_JSON),
]


def test_what_is_no_message_is_refused_with_a_reason_and_the_connection_stays(
    tmp_path: Path,
) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server, connecting(server) as client:
            await greeted(client)
            for text, code in REFUSED:
                await client.send(text)
                assert is_error(await told(client), code), text[:80]
            await client.send('{"type":"ping","data":"still here"}')
            assert (await told(client))["data"] == "still here"

    in_loop(check())


@BOTH_LOOPS
@pytest.mark.parametrize("size", [LIMIT + 1, 20_000, 3_000_000])
def test_a_message_that_is_too_large_is_refused_with_a_reason_and_1009(
    tmp_path: Path, size: int, uvloop: bool
) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server, connecting(server) as client:
            await greeted(client)
            await client.send("x" * size)
            assert is_error(await told(client), ErrorCode.TOO_LARGE)
            code, reason = await ending_of(client)
            assert (code, str(LIMIT) in reason) == (1009, True)
            await until(lambda: not server.connections)

    in_loop(check(), uvloop=uvloop)


def test_a_message_of_exactly_the_limit_is_taken(tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server, connecting(server) as client:
            await greeted(client)
            data = "x" * (LIMIT - len('{"type":"ping","data":""}'))
            await client.send(f'{{"type":"ping","data":"{data}"}}')
            assert (await told(client))["data"] == data
            half = f'{{"type":"ping","data":"{data}"}}'
            await client.send([half[:5_000], half[5_000:]])
            assert (await told(client))["data"] == data

    in_loop(check())


@BOTH_LOOPS
def test_what_a_header_announces_is_never_waited_for_nor_kept(tmp_path: Path, uvloop: bool) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server, RawClient(server) as client:
            announced = bytes([0x81, 0x80 | 127]) + struct.pack("!Q", 1 << 40) + bytes(4)
            client.writer.write(announced + b"x" * (LIMIT + 1))
            assert is_error(await client.said(), ErrorCode.TOO_LARGE)
            # It goes on sending what was announced: that is taken from the socket and forgotten.
            for _ in range(200):
                client.writer.write(b"x" * 65_536)
            assert await client.closing_code() == 1009
            await until(lambda: not server.connections)

    in_loop(check(), uvloop=uvloop)


def test_a_message_in_parts_is_one_message_and_may_be_interrupted_by_a_ping(tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server, RawClient(server) as client:
            client.writer.write(
                frame(1, b'{"type":"ping",', fin=False)
                + frame(9, b"there?")
                + frame(0, b"", fin=False)
                + frame(0, b'"data":1}')
            )
            assert await client.next() == (10, b"there?")
            assert await client.said() == {"type": "pong", "data": 1}

    in_loop(check())


def test_parts_that_are_too_much_together_are_refused_like_one_message(tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server, RawClient(server) as client:
            client.writer.write(frame(1, b"x" * 5_000, fin=False) + frame(0, b"x" * 5_000))
            assert is_error(await client.said(), ErrorCode.TOO_LARGE)
            assert await client.closing_code() == 1009

    in_loop(check())


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (frame(2, b"binary"), 1003),
        (frame(1, b"\xff\xfe"), 1007),
        (frame(0, b"a part of nothing"), 1002),
        (frame(1, b"a", fin=False) + frame(1, b"b"), 1002),
        (frame(3, b"no such opcode"), 1002),
        (frame(1, b"{}", bits=0x40), 1002),
        (frame(9, b"x" * 126), 1002),
        (frame(9, b"x", fin=False), 1002),
        (bytes([0x81, 2]) + b"{}", 1002),
        (frame(8, struct.pack("!H", 999)), 1002),
        (frame(8, struct.pack("!H", 1000)), 1000),
        (frame(8, b""), 1000),
    ],
    ids=[
        "binary",
        "no-text",
        "stray-part",
        "two-messages-at-once",
        "opcode",
        "reserved-bit",
        "long-ping",
        "ping-in-parts",
        "no-mask",
        "bad-code",
        "goodbye",
        "silent-goodbye",
    ],
)
def test_each_break_of_the_protocol_closes_with_its_code(
    tmp_path: Path, wire: bytes, code: int
) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server, RawClient(server) as client:
            client.writer.write(wire)
            assert await client.closing_code() == code
            await until(lambda: not server.connections)

    in_loop(check())


def test_what_comes_after_a_break_of_the_protocol_is_not_heard(tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server, RawClient(server) as client:
            broken, ping = frame(3, b"no such opcode"), frame(1, b'{"type":"ping"}')
            client.writer.write(broken)
            for _ in range(50):
                client.writer.write(ping)
            assert await client.closing_code() == 1002
            await until(lambda: not server.connections)

    in_loop(check())


def test_one_write_may_hold_many_messages_and_one_message_many_writes(tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(settings_in(tmp_path)) as server, RawClient(server) as client:
            many = b"".join(frame(1, b'{"type":"ping","data":%d}' % n) for n in range(300))
            client.writer.write(many)
            for number in range(300):
                assert (await client.said())["data"] == number
            for byte in frame(1, b'{"type":"ping","data":"slow"}'):
                client.writer.write(bytes([byte]))
                await client.writer.drain()
                await asyncio.sleep(0)
            assert (await client.said())["data"] == "slow"

    in_loop(check())


def test_another_users_thread_is_refused_and_the_owner_is_not_named(tmp_path: Path) -> None:
    async def check() -> None:
        async with (
            serving(settings_in(tmp_path)) as server,
            connecting(server, "owner-of-it") as owner,
            connecting(server, "stranger") as stranger,
        ):
            await greeted(owner)
            await greeted(stranger)
            await say(owner, "hello 1", thread_id="thread-1")
            await told_until(owner, "answer")
            await say(stranger, "hello 2", thread_id="thread-1", message_id="m-1")
            refused = await told(stranger)
            assert is_error(refused, ErrorCode.ISOLATION)
            assert refused["message_id"] == "m-1"
            assert "owner-of-it" not in json.dumps(refused)

    in_loop(check())
