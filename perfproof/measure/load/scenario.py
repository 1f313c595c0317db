"""A scenario: what is asked of which endpoint, at what rate; a small TOML file of the user's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from perfproof.configuration.tables import read_toml, to_record
from perfproof.record.quantity import parse_seconds, parse_share

__all__ = ["Scenario", "filled", "read_scenario"]

_SCHEMES = {"ws", "wss", "http", "https"}
_LONGEST_SECONDS = 3600.0
_MOST_CONNECTIONS = 10_000
_MOST_RATE = 100_000.0


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of a scenario file; nothing in it is evaluated.

    In ``url``, ``message``, ``headers``, ``start``, ``tokens`` and ``variables`` these stand for
    something. Of the server that ``start`` starts: ``{port}``, ``{checkout}``, ``{folder}`` (its
    own, empty, gone afterwards) and ``{secret}`` (64 digits, drawn anew). Beside them: ``{token}``
    (the connection's), ``{connection}`` (its number), ``{connections}`` (how many tokens to print),
    ``{id}`` (the request's), ``{python}``. Other braces are letters.

    Attributes:
        url: ws, wss, http or https.
        rate: Requests a second over all connections.
        duration: How long requests are due, warm-up not counted.
        warmup: The same load before, of which nothing is kept.
        connections: Connections that the requests go round.
        arrivals: ``poisson``, or ``constant`` distances.
        method: Of an HTTP request.
        message: What is sent. With ``{id}`` in it, a reply belongs to the request whose id it
            holds; without, replies of a connection come in the order of its requests.
        answered: Text in the reply that ends a request; other messages are passed over. HTTP
            asks for a status below 400 too.
        refused: Text in a reply that says no.
        owner: Text in whatever the server sends that says whose it is, with ``{connection}`` in
            the place of the name; a message that holds its beginning and another's name went
            astray. As does, without it, a message with the id of another connection's request.
        events: How many messages with a text each answered request has, as in
            ``'"agent_started"' = 3``; each that never comes is missing.
        timeout: A request without its reply for so long was not answered.
        headers: Sent with the handshake, or with every HTTP request.
        tokens: A command that prints a token a line, at least one a connection.
        start: A command that starts the server; ended with the run.
        variables: Environment variables of both commands.
        ready: Text in a line of the server's output that says it is ready; without it, ready is
            when its port accepts.
        start_timeout: It is given up when it takes longer.
        awake: Whether the cores are kept busy, below everything else, while requests are due: a
            halted virtual CPU takes a quarter of a millisecond to wake.
        apart: Whether the driver has a core of its own and the server that ``start`` starts the
            others, where there are two or more.
        limits: Highest latency by quantile, as in ``"99 %" = "100 ms"``.
        failures: Highest share of requests without an answer.
    """

    url: str
    rate: float
    duration: str = "10 s"
    warmup: str = "1 s"
    connections: int = 1
    arrivals: Literal["poisson", "constant"] = "poisson"
    method: str = "GET"
    message: str = ""
    answered: str = ""
    refused: str | None = None
    owner: str | None = None
    events: dict[str, int] = {}
    timeout: str = "10 s"
    headers: dict[str, str] = {}
    tokens: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    variables: dict[str, str] = {}
    ready: str | None = None
    start_timeout: str = "30 s"
    awake: bool = True
    apart: bool = True
    limits: dict[str, str] = {}
    failures: str = "0 %"

    def __post_init__(self) -> None:
        split = urlsplit(self.url.replace("{port}", "1"))
        if split.scheme not in _SCHEMES or not split.hostname:
            raise ValueError(f"url {self.url!r} is none; write ws://host:port/path or http://...")
        if not 0 < self.rate <= _MOST_RATE:
            raise ValueError(f"rate must lie above 0 and be at most {_MOST_RATE:,.0f} a second")
        if not 1 <= self.connections <= _MOST_CONNECTIONS:
            raise ValueError(f"connections must be 1 to {_MOST_CONNECTIONS:,}")
        for key in ("duration", "timeout", "start_timeout"):
            if parse_seconds(getattr(self, key)) > _LONGEST_SECONDS:
                raise ValueError(f"{key} must be at most an hour")
        if self.warmup_seconds > _LONGEST_SECONDS:
            raise ValueError("warmup must be at most an hour")
        self._refuse_contradictions()

    def _refuse_contradictions(self) -> None:
        if self.websocket and not self.message:
            raise ValueError("message is empty: say what is sent over the WebSocket")
        if self.owner is not None and self.owner.find("{connection}") < 1:
            raise ValueError("owner needs some text and then {connection}")
        if (self.owner is not None or self.events) and not self.websocket:
            raise ValueError("owner and events are of WebSocket messages; HTTP has one reply")
        if any(not text or count < 1 for text, count in self.events.items()):
            raise ValueError("events: each needs a text, and a count of at least 1")
        if "{port}" in self.url and not self.start:
            raise ValueError("url has {port}, but there is no `start` that could have one")
        told = (self.url, *self.headers.values(), *self.tokens, *self.variables.values())
        for name in ("{folder}", "{secret}"):
            if any(name in each for each in told) and not self.start:
                raise ValueError(f"{name} is used, but no `start` begins a server that has one")
        if "{token}" in self.url + "".join(self.headers.values()) and not self.tokens:
            raise ValueError("{token} is used, but no `tokens` command makes any")
        if not 0 <= parse_share(self.failures) < 1:
            raise ValueError("failures must be at least 0 % and below 100 %")
        for quantile, limit in self.limits.items():
            if not 0 < parse_share(quantile) < 1:
                raise ValueError(f"limits: {quantile!r} must lie between 0 % and 100 %")
            if parse_seconds(limit) >= self.timeout_seconds:
                raise ValueError(
                    f"limits: {limit} is not below the timeout of {self.timeout}, so missing it"
                    " could not be seen; raise timeout"
                )

    @property
    def websocket(self) -> bool:
        """Whether it goes over a WebSocket; otherwise HTTP."""
        return self.url.startswith("ws")

    @property
    def seconds(self) -> float:
        """How long requests are due."""
        return parse_seconds(self.duration)

    @property
    def warmup_seconds(self) -> float:
        """How long the same load runs before."""
        return 0.0 if self.warmup.strip() in {"0", "0 s"} else parse_seconds(self.warmup)

    @property
    def timeout_seconds(self) -> float:
        """How long a request is waited for."""
        return parse_seconds(self.timeout)

    @property
    def quantile_limits(self) -> dict[float, float]:
        """Highest latency in seconds by quantile, 0.99 for the 99 % quantile."""
        return {parse_share(key): parse_seconds(each) for key, each in self.limits.items()}

    @property
    def shown_url(self) -> str:
        """The url without user, query and fragment, which may hold secrets."""
        host, _, path = self.url.split("://", 1)[1].partition("/")
        path = path.partition("?")[0].partition("#")[0]
        return f"{self.url.split('://', 1)[0]}://{host.rpartition('@')[2].partition('?')[0]}/{path}"


def read_scenario(path: Path) -> Scenario:
    """The scenario in a file.

    Raises:
        SettingError: The file cannot be read, or a key or value is refused.
    """
    return to_record(Scenario, read_toml(path), where=path.name)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with ``{name}`` replaced for every name in ``values``; other braces stay."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text
