from itertools import pairwise

import msgspec
import pytest

from system_under_test import CRITICAL_EVENTS, FOLLOWERS, AgentEvent, EventType, encode_event
from system_under_test.encoding import decode_event


def test_the_five_critical_events_are_the_document_s_in_order() -> None:
    assert CRITICAL_EVENTS == (
        "agent_started",
        "agent_thinking",
        "tool_executing",
        "tool_completed",
        "agent_completed",
    )


def test_the_order_of_the_document_is_legal_and_the_shortest() -> None:
    for previous, event in pairwise([None, *CRITICAL_EVENTS]):
        assert event in FOLLOWERS[previous]
        later = CRITICAL_EVENTS[CRITICAL_EVENTS.index(event) + 1 :]
        assert FOLLOWERS[previous].isdisjoint(later)


def test_every_event_has_its_followers_and_an_error_ends_any_open_run() -> None:
    assert set(FOLLOWERS) == {None, *EventType}
    ends = {event for event, followers in FOLLOWERS.items() if not followers}
    assert ends == {"agent_completed", "agent_error"}
    assert all("agent_error" in followers for followers in FOLLOWERS.values() if followers)


@pytest.mark.parametrize("event_type", list(EventType))
def test_an_event_survives_the_wire(event_type: EventType) -> None:
    event = AgentEvent(
        type=event_type,
        user_id="user-1",
        thread_id="thread-1",
        run_id="run-1",
        sequence=3,
        emitted_at=1767225600.25,
        payload={"text": "grüß", "list": [1, None, {"deep": True}]},
    )
    assert decode_event(encode_event(event)) == event


def test_an_event_cannot_be_changed() -> None:
    event = AgentEvent(
        type=EventType.AGENT_ERROR,
        user_id="user-1",
        thread_id="t",
        run_id="r",
        sequence=1,
        emitted_at=0,
    )
    with pytest.raises(AttributeError):
        event.user_id = "user-2"  # type: ignore[misc]


@pytest.mark.parametrize("data", [b"{}", b'{"type": "agent_dancing"}', b"[]"])
def test_what_is_no_event_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode_event(data)
