"""The probes of agents and of nodes see their sabotages, and say what they saw."""

from __future__ import annotations

import pytest

from tests.benchmarks.trying import counted


@pytest.mark.parametrize(
    ("sabotage", "probe", "said"),
    [
        ("silent_agent_failure", "supervisor", "raises: the reply says completed"),
        ("relay_loses_events", "relay", "messages through Redis these never came"),
        ("unnoticed_link_loss", "link-loss", "Redis is gone, and a bridge is not degraded"),
    ],
)
def test_a_sabotage_is_seen_and_named(sabotage: str, probe: str, said: str) -> None:
    seen = counted(probe, f"benchmarks.sabotage.{sabotage}")
    assert seen.failures > 0
    assert said in str(seen.example)
