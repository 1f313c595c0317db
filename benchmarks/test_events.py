"""Events: to JSON, without secrets, and through the bridge in order."""

from typing import Any

import pytest

from benchmarks.doors import Sink
from benchmarks.settled import a_context, emit_run, settled_bridge
from benchmarks.stopwatch import Stopwatch
from system_under_test.parts import ManagerPart
from system_under_test.protocol import ReferenceSystem

pytestmark = pytest.mark.benchmark(group="events")

PAYLOADS: dict[str, dict[str, Any]] = {
    "clean": {"tool": "search", "query": "weather in Oslo", "tokens_used": 412, "ok": True},
    "secret": {"tool": "search", "query": "weather in Oslo", "api_key": "k-51a7", "ok": True},
    "nested": {
        "tool": "mail",
        "accounts": [{"name": "work", "password": "p-1"}, {"name": "home", "password": "p-2"}],
        "headers": {"Authorization": "Bearer b-3", "Accept": "*/*"},
    },
}


@pytest.mark.parametrize("size", [200, 2_000, 20_000])
def test_encode_event(benchmark: Stopwatch, system: ReferenceSystem, size: int) -> None:
    """An event that takes so many bytes on the wire."""

    def event_with(text: str) -> object:
        return system.create_event(
            type=system.critical_events()[1],
            user_id="user-7f3a9c",
            thread_id="thread-51b2",
            run_id="run-c0ffee42",
            sequence=2,
            emitted_at=1_795_000_000.25,
            payload={"text": text},
        )

    padding = size - len(system.encode_event(event_with("")))
    event = event_with("x" * padding)
    assert len(benchmark(system.encode_event, event)) == max(size, size - padding)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_redact(benchmark: Stopwatch, system: ReferenceSystem, payload: str) -> None:
    cleaned = system.encode_event(benchmark(system.redact, PAYLOADS[payload]))
    assert not any(secret in cleaned for secret in (b"k-51a7", b"p-1", b"p-2", b"b-3"))


def test_emit_tool_round(
    benchmark: Stopwatch, system: ReferenceSystem, manager: ManagerPart
) -> None:
    """Three events of a run that goes on: thinking, a tool executing, the tool completed."""
    bridge = system.create_bridge()
    bridge.start(manager)
    context = a_context(system, "user-7f3a9c")
    connection = Sink()
    manager.connect(context.user_id, connection)
    started, *tool_round, _ = system.critical_events()
    bridge.emit(context, started)

    def use_a_tool() -> None:
        for event_type in tool_round:
            bridge.emit(context, event_type, PAYLOADS["clean"])

    benchmark(use_a_tool)
    assert b"tool_completed" in connection.last


def test_emit_run(benchmark: Stopwatch, system: ReferenceSystem, manager: ManagerPart) -> None:
    """A whole run with its context and its five events."""
    bridge = settled_bridge(system, manager)
    connection = Sink()
    manager.connect("user-7f3a9c", connection)
    benchmark(lambda: emit_run(system, bridge, a_context(system, "user-7f3a9c"), PAYLOADS["clean"]))
    assert b"agent_completed" in connection.last
