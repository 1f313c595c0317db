"""Clients that do what clients must not do, each held to being refused with a reason.

A pest returns when it has been answered. One that met a server being broken meanwhile proves
nothing, and does not count.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import jwt

from benchmarks.faults.client import Address, Client, Closed, Refused, open_client
from benchmarks.faults.world import World
from benchmarks.standing.wire import BINARY, frame
from system_under_test.settings import ServerLimits

_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_TOO_MANY: Final = 429
_NOT_READY: Final = 503
_REASONED_CLOSES: Final = frozenset({1002, 1003, 1007, 1009})
_WAIT_SECONDS: Final = 10.0
_LIMIT: Final = ServerLimits()


class Void(Exception):  # noqa: N818 - the name of the fact
    """The trial proves nothing: a server was being broken."""


Pest = Callable[[World, Address], Awaitable[None]]


def _claims(audience: str, lifetime_seconds: int = 600) -> dict[str, Any]:
    return {"sub": "pest-0", "aud": audience, "exp": int(time.time()) + lifetime_seconds}


def bad_tokens(secret: str, audience: str) -> dict[str, str | None]:
    """Return tokens that must be refused, by what is wrong with them."""
    foreign = "another secret, long enough for the algorithm"
    return {
        "no token": None,
        "garbage for a token": "eyJ.garbage.x",
        "expired token": jwt.encode(_claims(audience, -60), secret, algorithm="HS256"),
        "token for another audience": jwt.encode(_claims("billing"), secret, algorithm="HS256"),
        "token of another secret": jwt.encode(_claims(audience), foreign, algorithm="HS256"),
        "token with alg none": jwt.encode(_claims(audience), None, algorithm="none"),
    }


async def knock(what: str, token: str | None, world: World, address: Address) -> None:
    """Ask for a connection with a token that must be refused."""
    await _knock(what, _UNAUTHORIZED, world, open_client(address, token))


async def foreign_page(world: World, address: Address) -> None:
    """Ask for a connection as a page of another origin does."""
    origin = {"Origin": "https://elsewhere.invalid"}
    token = world.token(world.somebody("pest"))
    opening = open_client(address, token, headers=origin)
    await _knock("a page of a foreign origin", _FORBIDDEN, world, opening)


async def _knock(
    what: str, expected: int, world: World, opening: Coroutine[Any, Any, Client]
) -> None:
    try:
        client = await opening
    except Refused as refused:
        if refused.status == _NOT_READY:
            raise Void from None
        world.hold("accepted what must be refused", refused.status == expected, f"{what} {refused}")
        world.hold_refusal(what, refused)
    else:
        client.reset()
        world.hold("accepted what must be refused", False, f"{what} was let in")  # noqa: FBT003, RUF100


async def misspeak(
    what: str, sent: bytes, expected: frozenset[str | int], world: World, address: Address
) -> None:
    """Send bytes that must be answered by one of these error codes or closes."""
    client = await _welcomed(world, address)
    try:
        await client.send_bytes(sent)
        code, reason = await _refusal(client)
    finally:
        client.reset()
    world.hold("accepted what must be refused", code in expected, f"{what} led to {code}")
    reasoned = bool(reason) or code in _REASONED_CLOSES
    world.hold("refused without reason", reasoned, f"{what} led to {code} without a reason")
    world.seen[f"refused by {code}"] += 1


async def flood(world: World, address: Address) -> None:
    """Open more connections of one user than allowed: exactly the allowed number is let in."""
    user_id = world.somebody("flood")
    allowed = _LIMIT.connections_per_user
    opening = (open_client(address, world.token(user_id)) for _ in range(allowed + 5))
    results = await asyncio.gather(*opening, return_exceptions=True)
    clients = [result for result in results if isinstance(result, Client)]
    refusals = [result for result in results if isinstance(result, Refused)]
    for client in clients:
        client.reset()
    others = len(results) - len(clients) - len(refusals)
    if others or any(refused.status == _NOT_READY for refused in refusals):
        raise Void
    for refused in refusals:
        world.hold_refusal("a flood", refused)
    right = len(clients) == allowed and all(seen.status == _TOO_MANY for seen in refusals)
    world.hold("connection limit", right, f"{len(clients)} of one user were let in")


async def slow_reader(world: World, address: Address) -> None:
    """Ask for as much as goes in and read nothing: what the server keeps shows in its memory."""
    token = world.token(world.somebody("slow"))
    client = await open_client(address, token, receive_buffer_bytes=4_096)
    ping = frame(json.dumps({"type": "ping", "data": "x" * 7_000}).encode())
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a read transport too
    try:
        for _ in range(1_000):
            async with asyncio.timeout(1.0):
                await client.send_bytes(ping)
    except (TimeoutError, Closed):
        pass  # it stopped reading, or closed: either keeps its memory bounded
    finally:
        client.reset()


async def vanish(world: World, address: Address) -> None:
    """Send a message and reset the connection without waiting for anything."""
    client = await _welcomed(world, address)
    await client.send(json.dumps({"type": "message", "text": "Who was that?"}).encode())
    await asyncio.sleep(world.chance.uniform(0, 0.01))
    client.reset()


async def half_open(world: World, address: Address) -> None:
    """Fall silent as a machine without power does: the server must notice and let go."""
    client = await _welcomed(world, address)
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a read transport too
    await asyncio.sleep(HALF_OPEN_SECONDS)
    client.writer.transport.resume_reading()  # type: ignore[attr-defined]  # a read transport too
    gone = True
    try:
        async with asyncio.timeout(2.0):
            while True:
                # Not `receive`, which would answer the pings that have waited.
                await client._read()  # noqa: SLF001, RUF100 - a pest
    except Closed:
        pass
    except TimeoutError:
        gone = False
    finally:
        client.reset()
    world.hold("vanished client forgotten", gone, f"kept for {HALF_OPEN_SECONDS:g} s")


# Of a server whose heartbeat and patience at closing are `node.HEARTBEAT_SECONDS` each: two looks,
# the close, and as much again for a busy machine.
HALF_OPEN_SECONDS: Final = 6.0


def _text(**said: object) -> bytes:
    return frame(json.dumps(said).encode())


def _misspeakings() -> dict[str, Pest]:
    large = "x" * _LIMIT.message_bytes
    announced = b"\x81\xff" + (1 << 40).to_bytes(8, "big") + bytes(4) + large.encode() * 2
    table: dict[str, tuple[bytes, frozenset[str | int]]] = {
        "no JSON": (frame(b"{"), frozenset({"bad_json"})),
        "no object": (frame(b"[1]"), frozenset({"bad_json", "bad_message"})),
        "unknown type": (_text(type="shout"), frozenset({"bad_message"})),
        "no text": (_text(type="message"), frozenset({"bad_message"})),
        "blank text": (_text(type="message", text="  "), frozenset({"bad_message"})),
        "text of another type": (_text(type="message", text=[1]), frozenset({"bad_message"})),
        "another user's id": (
            _text(type="message", text="x", user_id="somebody-else"),
            frozenset({"isolation"}),
        ),
        "placeholder id": (
            _text(type="message", text="x", thread_id="placeholder_1"),
            frozenset({"bad_message"}),
        ),
        "oversized message": (
            _text(type="message", text=large),
            frozenset({"too_large", 1009}),
        ),
        "frame of a terabyte": (announced, frozenset({"too_large", 1009})),
        "binary frame": (frame(b"x", BINARY), frozenset({1003})),
        "unmasked frame": (frame(b"{}", masked=False), frozenset({1002})),
        "reserved bits": (frame(b"{}", reserved=7), frozenset({1002})),
        "unknown opcode": (frame(b"{}", 0x5), frozenset({1002})),
        "text that is no UTF-8": (frame(b"\xff\xfe"), frozenset({1007, "bad_json"})),
    }
    return {
        what: partial(misspeak, what, sent, expected) for what, (sent, expected) in table.items()
    }


def pests(secret: str, audience: str) -> Mapping[str, Pest]:
    """Return every kind of pest by its name."""
    tokens = {
        what: partial(knock, what, token) for what, token in bad_tokens(secret, audience).items()
    }
    return MappingProxyType(
        {
            **tokens,
            **_misspeakings(),
            "page of a foreign origin": foreign_page,
            "flood of connections": flood,
            "slow reader": slow_reader,
            "vanishing client": vanish,
            "half-open connection": half_open,
        }
    )


async def _welcomed(world: World, address: Address) -> Client:
    """Return a good connection of a new user, to be misused."""
    try:
        client = await open_client(address, world.token(world.somebody("pest")))
        await client.receive()
    except (Refused, Closed):
        raise Void from None
    return client


async def _refusal(client: Client) -> tuple[str | int, str]:
    """Return code and reason of the next error frame or close; none is `silence`."""
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            while True:
                said = json.loads(await client.receive())
                if said.get("type") == "error":
                    return str(said.get("code")), str(said.get("reason", ""))
    except Closed as closed:
        return closed.code or "a cut", closed.reason
    except TimeoutError:
        return "silence", ""
