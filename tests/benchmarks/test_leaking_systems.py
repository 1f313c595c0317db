"""Systems with a planted leak are seen to leak, at the planted line; the reference is not."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from perfproof.record import LeakReport, LeakVerdict
from tests.cli.running import perfproof

pytest.importorskip("memray")

ROOT = Path(__file__).resolve().parent.parent.parent
SEND = "benchmarks/test_delivery.py::test_send_to_one_user[1]"
CONNECT = "benchmarks/test_delivery.py::test_connect_and_disconnect"


def looked_at(system: str, node_id: str) -> LeakReport:
    done = perfproof(ROOT, "leaks", "--json", "--quiet", "--system", system, node_id)
    assert done.stdout, done.stderr
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=LeakReport)


@pytest.mark.parametrize(
    ("sabotage", "node_id", "kept", "source"),
    [
        ("leaking_manager", SEND, "memory", "_kept.append([user_id, event])"),
        ("leaking_socket", CONNECT, "socket", "socket.socket("),
    ],
)
def test_a_planted_leak_is_seen_at_its_line(
    sabotage: str, node_id: str, kept: str, source: str
) -> None:
    (result,) = looked_at(f"benchmarks.sabotage.{sabotage}", node_id).results
    assert result.verdict is LeakVerdict.LEAK
    first = result.leaks[0]
    assert (first.kept, first.stack[0].file) == (kept, f"benchmarks/sabotage/{sabotage}.py")
    assert source in (first.stack[0].source or "")


@pytest.mark.parametrize("node_id", [SEND, pytest.param(CONNECT, marks=pytest.mark.long)])
def test_the_reference_keeps_nothing(node_id: str) -> None:
    (result,) = looked_at("system_under_test.reference", node_id).results
    assert result.verdict is LeakVerdict.FREE, result.leaks
