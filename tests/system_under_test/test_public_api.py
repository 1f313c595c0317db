"""The public API against the stored one, `public_api.json`.

A change that breaks nothing is recorded by `python -m tests.system_under_test.test_public_api`; one
that does is declared by adding its sentence to `declared_breaking_changes` there, until the stored
API is recorded anew.
"""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from system_under_test.public_api import Api, breaking_changes, describe_public_api

STORED = Path(__file__).with_name("public_api.json")


def stored() -> Any:
    return json.loads(STORED.read_text())


def undeclared_changes(head: Api) -> list[str]:
    base = stored()
    declared = set(base["declared_breaking_changes"])
    return [change for change in breaking_changes(base["api"], head) if change not in declared]


def test_no_breaking_change_is_undeclared() -> None:
    assert undeclared_changes(describe_public_api()) == []


def test_what_is_new_is_recorded() -> None:
    # Otherwise its later removal would go unnoticed.
    added = breaking_changes(describe_public_api(), stored()["api"])
    assert [change for change in added if change.endswith("is gone")] == []


def test_no_declaration_outlives_its_change() -> None:
    real = breaking_changes(stored()["api"], describe_public_api())
    assert set(stored()["declared_breaking_changes"]) <= set(real)


def without_a_name(api: Api) -> str:
    del api["unique_id"]
    return "unique_id is gone"


def without_a_method(api: Api) -> str:
    del api["AgentExecutionTracker"]["heartbeat"]
    return "AgentExecutionTracker.heartbeat is gone"


def without_a_state(api: Api) -> str:
    del api["ExecutionState"]["DEAD"]
    return "ExecutionState.DEAD is gone"


def with_a_new_parameter(api: Api) -> str:
    api["unique_id"][""] = "(length: int) -> str"
    return "unique_id was () -> str and is (length: int) -> str"


def with_another_value(api: Api) -> str:
    api["EventType"]["AGENT_STARTED"] = "started"
    return "EventType.AGENT_STARTED was agent_started and is started"


@pytest.mark.parametrize(
    "change",
    [without_a_name, without_a_method, without_a_state, with_a_new_parameter, with_another_value],
)
def test_a_breaking_change_is_told_in_a_sentence(change: Any) -> None:
    head = deepcopy(describe_public_api())
    sentence = change(head)
    assert undeclared_changes(head) == [sentence]


def test_something_new_breaks_nothing() -> None:
    head = deepcopy(describe_public_api())
    head["brand_new"] = {"": "() -> None"}
    head["UserExecutionContext"]["brand_new"] = "attribute"
    assert breaking_changes(describe_public_api(), head) == []


def test_descriptions_hold_no_address() -> None:
    assert " at 0x" not in json.dumps(describe_public_api())


def test_a_signature_tells_what_a_caller_must_know() -> None:
    api = describe_public_api()
    assert api["unique_id"] == {"": "() -> str"}
    assert api["create_websocket_manager"][""].startswith("async (limits: ManagerLimits = ...)")
    assert api["AgentExecutionTracker"]["cancel"] == "(self, execution_id: str) -> ExecutionState"
    assert api["ContextIsolationError"][""] == "class(BackendError)"
    assert api["TRANSITIONS"] == {"": "constant mappingproxy"}


if __name__ == "__main__":
    recorded = {"declared_breaking_changes": [], "api": describe_public_api()}
    STORED.write_text(json.dumps(recorded, indent=2) + "\n")
