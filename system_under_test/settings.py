"""What the server is told from outside: one frozen record, checked when it is made.

Every setting has a name in the environment, `BACKEND_` and the field in capitals, and a word on the
command line, `--` and the field with hyphens; the command line wins. A setting of a nested record
is named without the record: `BACKEND_CONNECTIONS_PER_USER`, `--connections-per-user`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

import msgspec

from system_under_test.errors import BackendError, shown
from system_under_test.placeholders import explain

PREFIX: Final = "BACKEND_"
# RFC 7518 section 3.2: a key of HS256 has at least the size of the hash.
MIN_SECRET_BYTES: Final = 32
_DATABASES: Final = ("sqlite://", "postgresql://", "postgres://")
_REDIS: Final = ("redis://", "rediss://", "unix://")


class InvalidSettingError(BackendError, ValueError):
    """A setting breaks its rule; the sentence names the field, and never shows a secret."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(field, rule)
        self.field = field
        self.rule = rule

    def __str__(self) -> str:
        return (
            f"setting {self.field} {self.rule}; set {PREFIX}{self.field.upper()} "
            f"or --{self.field.replace('_', '-')}"
        )


class ServerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What clients may occupy.

    Attributes:
        connections: Connections of all users at once.
        connections_per_user: Connections of one user at once.
        message_bytes: Bytes of one message of a client.
        messages_per_user: Messages of one user in work at once. A message is answered by 17 frames,
            so with two of them all that a client misses by vanishing fits its recovery queue of 50.
        messages: Messages of all users in work at once.
        write_buffer_bytes: Bytes that wait in one connection's buffer before it counts as slow.
    """

    connections: int = 10_000
    connections_per_user: int = 10
    message_bytes: int = 8_192
    messages_per_user: int = 2
    messages: int = 2_000
    write_buffer_bytes: int = 32_768

    def __post_init__(self) -> None:
        for field in self.__struct_fields__:
            value = getattr(self, field)
            if type(value) is not int or value < 1:
                raise InvalidSettingError(field, f"is {shown(value)}, but a limit is above 0")


class ServerTimeouts(msgspec.Struct, frozen=True, kw_only=True):
    """How long the server waits, all in seconds.

    Attributes:
        handshake_seconds: For the whole request of a new connection.
        heartbeat_seconds: Between looks at every connection. One that said nothing since the last
            look gets a ping, and is given up at the next one if it is silent still.
        close_seconds: For the other end to take what was written and the closing frame.
        drain_seconds: For messages in work to be answered when the server stops.
        retry_after_seconds: What a client that comes too early, or is one too many, is told.
        first_retry_seconds: Before a part that could not be had is tried again; doubled each time.
        longest_retry_seconds: The most that this becomes.
        link_seconds: For the other nodes at the start; after that this one serves without them.
    """

    handshake_seconds: float = 5.0
    heartbeat_seconds: float = 20.0
    close_seconds: float = 2.0
    drain_seconds: float = 10.0
    retry_after_seconds: float = 1.0
    first_retry_seconds: float = 0.05
    longest_retry_seconds: float = 5.0
    link_seconds: float = 3.0

    def __post_init__(self) -> None:
        for field in self.__struct_fields__:
            value = getattr(self, field)
            if type(value) not in (int, float) or not 0 < value <= 3_600:
                rule = f"is {shown(value)}, but it is a number of seconds from 0 to 3600, not 0"
                raise InvalidSettingError(field, rule)


_DEFAULT_LIMITS: Final = ServerLimits()
_DEFAULT_TIMEOUTS: Final = ServerTimeouts()


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the server is told.

    Attributes:
        host: Address to listen on.
        port: Port to listen on; 0 for any free one.
        database_url: `sqlite:///path` or `postgresql://...`.
        redis_url: The Redis that joins several nodes; None for one node alone.
        token_secret: Key of the tokens' signature (HS256), at least 32 bytes.
        token_audience: The audience a token must be made for.
        allowed_origins: Origins of foreign pages that may connect; the server's own page and
            clients that are no browser (which send no Origin) always may.
        node: This process among several; a name without placeholders.
        demo_user: The user whose token the page offers; None for none. For showing it work only.
        limits: What clients may occupy.
        timeouts: How long the server waits.
    """

    token_secret: str
    host: str = "127.0.0.1"
    port: int = 8000
    database_url: str = "sqlite:///backend.sqlite3"
    redis_url: str | None = None
    token_audience: str = "agent-backend"
    allowed_origins: tuple[str, ...] = ()
    node: str = "node-1"
    demo_user: str | None = None
    limits: ServerLimits = _DEFAULT_LIMITS
    timeouts: ServerTimeouts = _DEFAULT_TIMEOUTS

    def __post_init__(self) -> None:
        for field, rule in self._broken_rules():
            raise InvalidSettingError(field, rule)

    def __repr__(self) -> str:
        # Addresses may hold passwords, and the secret is one.
        return f"ServerSettings(host={self.host!r}, port={self.port}, node={self.node!r})"

    def _broken_rules(self) -> Iterator[tuple[str, str]]:
        if len(self.token_secret.encode()) < MIN_SECRET_BYTES:
            yield "token_secret", f"is shorter than the {MIN_SECRET_BYTES} bytes that HS256 needs"
        if not self.token_audience:
            yield "token_audience", "is empty, but a token names whom it is for"
        if not 0 <= self.port <= 65_535:
            yield "port", f"is {self.port}, but a port is a number from 0 to 65535"
        if not self.database_url.startswith(_DATABASES):
            yield "database_url", f"begins with none of {', '.join(_DATABASES)}"
        if self.redis_url is not None and not self.redis_url.startswith(_REDIS):
            yield "redis_url", f"begins with none of {', '.join(_REDIS)}"
        for field, name in (("node", self.node), ("demo_user", self.demo_user)):
            rule = None if name is None else explain(name)
            if rule is not None:
                yield field, f"is {shown(name)}, but {rule}"
        for origin in self.allowed_origins:
            if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:
                rule = f"holds {shown(origin)}, but an origin is scheme://host[:port] and no more"
                yield "allowed_origins", rule


SECTIONS: Final[Mapping[str, type[msgspec.Struct]]] = {
    "limits": ServerLimits,
    "timeouts": ServerTimeouts,
}
_S = TypeVar("_S", bound=msgspec.Struct)


def setting_names() -> tuple[str, ...]:
    """Return every name that can be set, those of nested records included."""
    own = (name for name in ServerSettings.__struct_fields__ if name not in SECTIONS)
    return (*own, *(name for kind in SECTIONS.values() for name in kind.__struct_fields__))


def read_settings(environment: Mapping[str, str], given: Mapping[str, str]) -> ServerSettings:
    """Return the settings of an environment and of words that go before it.

    Args:
        environment: Variables; those with the prefix `BACKEND_` are read.
        given: Texts by the names of `setting_names`.

    Raises:
        InvalidSettingError: A text cannot be read, or breaks its rule.
    """
    told = {
        name: environment[PREFIX + name.upper()]
        for name in setting_names()
        if PREFIX + name.upper() in environment
    }
    told.update(given)
    sections = {name: _record(kind, told) for name, kind in SECTIONS.items()}
    return _record(ServerSettings, told, sections)


def _record(
    kind: type[_S], told: Mapping[str, str], sections: Mapping[str, msgspec.Struct] | None = None
) -> _S:
    fields: dict[str, Any] = dict(sections or {})
    for field in msgspec.structs.fields(kind):
        if field.name in told and field.name not in fields:
            fields[field.name] = _value(field.name, told[field.name], field.type)
        elif field.required and field.name not in fields:
            raise InvalidSettingError(field.name, "is not set, and has no default")
    return kind(**fields)


def _value(name: str, text: str, kind: object) -> object:
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind not in (int, float):
        # An empty variable is how a shell says that an optional text is not given.
        return text if text or kind is str else None
    try:
        return int(text) if kind is int else float(text)
    except ValueError:
        raise InvalidSettingError(name, f"is {shown(text)}, but it is a number") from None
