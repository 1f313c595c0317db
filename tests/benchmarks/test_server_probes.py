"""The probes over real sockets see every sabotage of the server, and nothing on the reference."""

from __future__ import annotations

import logging

import pytest

from benchmarks.choice import REFERENCE
from tests.benchmarks.trying import counted

CASES = [
    ("accepted_none_algorithm", "tokens", "(no algorithm) was let in"),
    ("accepted_audience", "tokens", "(other audience) was let in"),
    ("accepted_expired", "tokens", "(expired) was let in"),
    ("foreign_user_message", "tokens", "another user's name"),
    ("early_accept", "handshakes", "closed with 1011"),
    ("refuses_everybody", "handshakes", "HTTP 503"),
    ("unlimited_connections", "handshakes", "beyond the limit was let in"),
    ("unordered_events", "golden-path", "where ('agent_thinking', 2) belongs"),
]


@pytest.mark.parametrize(("sabotage", "probe", "said"), CASES)
def test_a_sabotaged_server_is_seen_and_named(
    sabotage: str, probe: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL):
        seen = counted(probe, f"benchmarks.sabotage.{sabotage}")
    assert seen.failures > 0
    assert seen.example is not None
    assert said in seen.example


def test_a_server_that_refuses_everybody_fails_every_trial_that_wants_to_come_in() -> None:
    seen = counted("handshakes", "benchmarks.sabotage.refuses_everybody")
    assert seen.failures == seen.trials
    assert counted("golden-path", "benchmarks.sabotage.refuses_everybody").failures > 0


@pytest.mark.parametrize("probe", ["tokens", "handshakes", "golden-path"])
def test_nothing_fails_on_the_reference(probe: str) -> None:
    seen = counted(probe, REFERENCE)
    assert (seen.failures, seen.example) == (0, None)
    assert seen.trials >= 20
