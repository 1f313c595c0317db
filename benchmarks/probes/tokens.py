"""Nobody comes in without a good token, nobody speaks for another user, and a good token opens."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from random import Random
from typing import Any, Final

import jwt

from benchmarks.probes.serving import (
    AUDIENCE,
    Service,
    expect_status,
    expect_welcome,
    served,
    told,
)
from benchmarks.probes.trial import Trial, Wrong
from system_under_test.protocol import ReferenceSystem


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is a bad token of some kind, or a user who names another one, and a good token."""
    kinds = [*_BAD, "foreign_user"]
    with served(system) as service:
        for number in range(count):
            # In turn, so that each kind is tried as often; what is in it is drawn.
            kind = kinds[number % len(kinds)]
            yield partial(_try, service, kind, system.unique_id(), chance.random())


def _try(service: Service, kind: str, user_id: str, chance: float) -> None:
    if kind == "foreign_user":
        service.run(_speak_for_another(service, user_id))
        return
    token = _BAD[kind](service.secret, _claims(user_id), chance)
    service.run(_present(service, kind, token, user_id))


async def _present(service: Service, kind: str, token: str | None, user_id: str) -> None:
    fields = await expect_status(service.knock(token), 401, f"a token ({kind})")
    if fields.get("www-authenticate") != "Bearer":
        raise Wrong(f"a token ({kind}) was refused without saying what to bring")
    async with service.knock(service.token(user_id)) as client:
        await expect_welcome(client, user_id)


async def _speak_for_another(service: Service, user_id: str) -> None:
    victim = f"{user_id}-2"
    async with (
        service.knock(service.token(user_id)) as client,
        service.knock(service.token(victim)) as other,
    ):
        await expect_welcome(client, user_id)
        await expect_welcome(other, victim)
        message = {"type": "message", "text": "tell me", "user_id": victim, "message_id": user_id}
        await client.send(json.dumps(message))
        # The echo comes after whatever the message did at once, on either connection.
        for connection in (client, other):
            await connection.send('{"type":"ping"}')
        heard = [await told(client)]
        while heard[-1]["type"] not in ("pong", "answer"):
            heard.append(await told(client))
        refused = [frame for frame in heard if frame.get("code") == "isolation"]
        if not refused or not refused[0].get("reason"):
            raise Wrong("a message in another user's name was not refused with code isolation")
        first = await told(other)
        if first["type"] != "pong":
            raise Wrong(f"a message in another user's name made {first['type']} for that user")


def _claims(user_id: str) -> dict[str, Any]:
    now = int(time.time())
    return {"sub": user_id, "aud": AUDIENCE, "iat": now, "exp": now + 600}


def _signed(claims: Mapping[str, Any], secret: str, algorithm: str = "HS256") -> str:
    return jwt.encode(dict(claims), secret, algorithm=algorithm)


def _without(name: str) -> "_Make":
    def make(secret: str, claims: Mapping[str, Any], chance: float) -> str:
        del chance
        return _signed({key: value for key, value in claims.items() if key != name}, secret)

    return make


def _altered(secret: str, claims: Mapping[str, Any], chance: float) -> str:
    """Return a good token with another user's claims under the old signature."""
    del chance
    head, _, signature = _signed(claims, secret).split(".")
    other = _signed({**claims, "sub": f"{claims['sub']}-2"}, secret).split(".")[1]
    return f"{head}.{other}.{signature}"


def _expired(secret: str, claims: Mapping[str, Any], chance: float) -> str:
    ended = int(claims["iat"] - 2 - 100_000 * chance)
    return _signed({**claims, "iat": ended - 60, "exp": ended}, secret)


_Make = Callable[[str, Mapping[str, Any], float], str | None]
_BAD: Final[Mapping[str, _Make]] = {
    "missing": lambda _secret, _claims, _chance: None,
    "no algorithm": lambda _secret, claims, _chance: _signed(claims, "", "none"),
    "other algorithm": lambda secret, claims, _chance: _signed(claims, secret, "HS512"),
    "other secret": lambda secret, claims, chance: _signed(claims, secret[::-1] + str(chance)),
    "altered": _altered,
    "expired": _expired,
    "no end": _without("exp"),
    "other audience": lambda secret, claims, chance: _signed(
        {**claims, "aud": f"service-{chance}"}, secret
    ),
    "no audience": _without("aud"),
    "nobody": _without("sub"),
    "placeholder": lambda secret, claims, _chance: _signed({**claims, "sub": "temp"}, secret),
    "noise": lambda _secret, _claims, chance: f"{chance}.{chance}.{chance}",
}
