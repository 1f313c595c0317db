"""Whole servers side by side, at the smallest size: all do their duty."""

from __future__ import annotations

import json
import secrets

import pytest

from benchmarks.choice import VARIABLE
from benchmarks.peers.duty import SECRET_VARIABLE
from benchmarks.standing.child import Child, ChildFailed
from benchmarks.standing.dialects import DIALECTS
from benchmarks.standing.systems import SYSTEMS, StandingSystem
from benchmarks.standing.table import markdown
from benchmarks.standing.visit import Figures, Plan, visit
from benchmarks.standing.wire import AnswerReader, FrameReader, frame

SMALL = Plan(clients=20, echo_seconds=0.1, events=60, idle=(60,))
TINY = Plan(clients=3, echo_seconds=0.05, events=4, idle=(5, 8))
NAMES = [system.name for system in SYSTEMS]


@pytest.fixture(params=SYSTEMS, ids=NAMES)
def system(request: pytest.FixtureRequest) -> StandingSystem:
    chosen: StandingSystem = request.param
    return chosen


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    drawn = secrets.token_hex(32)
    monkeypatch.setenv(SECRET_VARIABLE, drawn)
    return drawn


def test_every_server_does_its_whole_duty(system: StandingSystem) -> None:
    figures = visit(system, TINY)
    assert figures.echoes_per_second > 0
    assert figures.echo_cpu_seconds > 0
    assert figures.send_cpu_seconds > 0
    assert figures.accepts_per_second > 0
    assert set(figures.connection_bytes) == {5, 8}


@pytest.mark.parametrize(
    ("sabotage", "figure"),
    [
        ("heavy_connection", "connection_bytes"),
        ("laborious_send", "send_cpu_seconds"),
        ("laborious_echo", "echo_cpu_seconds"),
    ],
)
def test_what_a_sabotage_wastes_is_seen(
    sabotage: str, figure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def costs() -> float:
        value = getattr(visit(SYSTEMS[0], SMALL), figure)
        return float(value[60] if isinstance(value, dict) else value)

    honest = min(costs(), costs())
    monkeypatch.setenv(VARIABLE, f"benchmarks.sabotage.{sabotage}")
    # Each wastes several times what the reference needs.
    assert min(costs(), costs()) > 1.8 * honest


def test_no_server_takes_a_token_of_another_secret(system: StandingSystem, secret: str) -> None:
    foreign = {SECRET_VARIABLE: secret[::-1]}
    with Child(system.module) as server:
        address = server.hear()["listening"]
        words = (address["host"], str(address["port"]), system.dialect)
        with (
            Child("benchmarks.standing.client", *words, environment=foreign) as crowd,
            pytest.raises(ChildFailed, match=r"Refused"),
        ):
            crowd.tell(open=1)


def test_a_child_that_ends_is_told() -> None:
    with (
        Child("benchmarks.standing.client", "127.0.0.1") as child,
        pytest.raises(ChildFailed, match=r"standing\.client ended with 1"),
    ):
        child.hear()


def test_the_table_shows_medians_with_n() -> None:
    visits = [
        Figures(
            echo_cpu_seconds=micro * 1e-6,
            echoes_per_second=1e6,
            send_cpu_seconds=3e-6,
            send_wall_seconds=5e-6,
            accepts_per_second=5_000.0,
            accept_cpu_seconds=2e-4,
            connection_bytes={1_000: 10_240.0},
        )
        for micro in (7, 9, 100)
    ]
    text = markdown({"one": visits, "two": visits[:1]}, None)
    assert "| CPU an echo, us | 9.0 | 7.0 |" in text
    assert "| memory a connection, 1,000 idle, KiB | 10.0 | 10.0 |" in text
    assert "| n, visits | 3 | 1 |" in text
    assert "not known" in text


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_frames_are_read_as_they_were_written_however_they_are_cut(length: int) -> None:
    payload = b"x" * length
    sent = frame(payload, masked=False) + frame(b"end", masked=False)
    reader = FrameReader()
    cuts = [sent[:1], sent[1:3], sent[3:11], sent[11:]]
    received = [seen.payload for cut in cuts for seen in reader.feed(cut)]
    assert received == [payload, b"end"]


def test_an_answer_may_come_in_pieces_with_the_first_frame_behind_it() -> None:
    reader = AnswerReader()
    assert reader.feed(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: web") is None
    whole = reader.feed(b"socket\r\n\r\n\x81\x00")
    assert whole is not None
    answer, rest = whole
    assert (answer.status, answer.headers["upgrade"], rest) == (101, "websocket", b"\x81\x00")


def test_each_system_speaks_a_known_dialect() -> None:
    assert {system.dialect for system in SYSTEMS} <= set(DIALECTS)
    for dialect in DIALECTS.values():
        assert json.loads(dialect.echo.removeprefix(b"42"))
