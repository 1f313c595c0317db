"""Who may come in, decided at the handshake: one request in, admitted or refused with a reason.

Everything is refused here or not at all: a socket that was accepted is never closed again because
of something that was known when it knocked. The checks stand in one order, the cheapest and the
most general first, so that a server that is not ready tells nobody whose token is good.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Final, Protocol
from urllib.parse import parse_qs, urlsplit

import msgspec

from system_under_test.settings import ServerSettings
from system_under_test.tokens import Identity, InvalidTokenError

SOCKET_PATH: Final = "/ws"
_BEARER: Final = "bearer "


class Phase(StrEnum):
    """Where the server stands."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"


class Knock(msgspec.Struct, frozen=True):
    """A request for a connection.

    Attributes:
        target: Path and query, as they were sent.
        headers: Header fields; looked up in any case.
    """

    target: str
    headers: Mapping[str, str]


class Refusal(msgspec.Struct, frozen=True):
    """Why a connection is not made.

    Attributes:
        status: HTTP status.
        code: The reason as one word.
        reason: The reason as a sentence, for whoever asked.
        retry_after_seconds: When it may succeed; None when trying again does not help.
        noted: What only the log is told, or None.
    """

    status: HTTPStatus
    code: str
    reason: str
    retry_after_seconds: float | None = None
    noted: str | None = None


class Verifier(Protocol):
    """What admission asks of the part that knows tokens."""

    def verify(self, token: str | None, /) -> Identity:
        """Return whose token it is, or raise `InvalidTokenError`."""


class Admission:
    """Decides about connections and counts them.

    Args:
        settings: Limits, origins, and what a client is told to wait.
        verifier: Knows tokens.
        phase: Returns where the server stands, and why it is not ready.
    """

    __slots__ = ("_connections", "_of_user", "_phase", "_settings", "_verifier")

    def __init__(
        self,
        settings: ServerSettings,
        verifier: Verifier,
        phase: Callable[[], tuple[Phase, str]],
    ) -> None:
        self._settings = settings
        self._verifier = verifier
        self._phase = phase
        self._connections = 0
        self._of_user: dict[str, int] = {}

    @property
    def connections(self) -> int:
        """Connections that were let in and have not left."""
        return self._connections

    def decide(self, knock: Knock) -> Identity | Refusal:
        """Return who may come in, or why not; nothing is counted yet."""
        refusal = self._refuse_unready() or self._refuse_origin(knock)
        if refusal is not None:
            return refusal
        try:
            identity = self._verifier.verify(presented_token(knock))
        except InvalidTokenError as error:
            status = HTTPStatus.UNAUTHORIZED
            return Refusal(status, "invalid_token", str(error), noted=error.problem)
        return self._refuse_crowd(identity.user_id) or identity

    def enter(self, user_id: str) -> None:
        """Count a connection that was made."""
        self._connections += 1
        self._of_user[user_id] = self._of_user.get(user_id, 0) + 1

    def leave(self, user_id: str) -> None:
        """Count a connection as gone."""
        self._connections -= 1
        left = self._of_user[user_id] - 1
        if left:
            self._of_user[user_id] = left
        else:
            del self._of_user[user_id]

    def _refuse_unready(self) -> Refusal | None:
        phase, why = self._phase()
        if phase is Phase.READY:
            return None
        code = "going_away" if phase is Phase.STOPPING else "not_ready"
        reason = f"the server is {phase.value}: {why}; try again"
        return self._later(HTTPStatus.SERVICE_UNAVAILABLE, code, reason)

    def _refuse_origin(self, knock: Knock) -> Refusal | None:
        origin = knock.headers.get("Origin")
        if origin is None or origin in self._settings.allowed_origins:
            return None
        host = knock.headers.get("Host")
        if host and urlsplit(origin).netloc.lower() == host.lower():
            return None
        reason = "pages of this origin may not connect here; open the server's own page"
        return Refusal(HTTPStatus.FORBIDDEN, "foreign_origin", reason)

    def _refuse_crowd(self, user_id: str) -> Refusal | None:
        limits = self._settings.limits
        if self._of_user.get(user_id, 0) >= limits.connections_per_user:
            reason = (
                f"this user has {limits.connections_per_user} connections already, as many as "
                "allowed; close one first"
            )
            return self._later(HTTPStatus.TOO_MANY_REQUESTS, "connection_limit", reason)
        if self._connections >= limits.connections:
            reason = f"the server has {limits.connections} connections, as many as it takes"
            return self._later(HTTPStatus.SERVICE_UNAVAILABLE, "server_full", reason)
        return None

    def _later(self, status: HTTPStatus, code: str, reason: str) -> Refusal:
        return Refusal(status, code, reason, self._settings.timeouts.retry_after_seconds)


def presented_token(knock: Knock) -> str | None:
    """Return the token of a request: that of the Authorization field, else that of the address."""
    authorization = knock.headers.get("Authorization", "")
    if authorization[: len(_BEARER)].lower() == _BEARER:
        return authorization[len(_BEARER) :].strip()
    try:
        tokens = parse_qs(urlsplit(knock.target).query, max_num_fields=20).get("token", [])
    except ValueError:
        return None
    # Two different tokens name two users: neither is believed.
    return tokens[0] if len(tokens) == 1 else None
