"""Contexts: a frozen dataclass, checked word by word, its metadata copied and frozen."""

import copy
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from benchmarks.peers.first_version.refusals import ContextIsolationError, InvalidContextError

PLACEHOLDERS = [
    "registry",
    "placeholder",
    "default",
    "temp",
    "none",
    "null",
    "undefined",
    "0",
    "1",
    "xxx",
    "yyy",
    "example",
    "test",
    "demo",
    "sample",
    "template",
    "mock",
    "fake",
    "dummy",
]
PREFIXES = [
    "placeholder_",
    "registry_",
    "temp_",
    "example_",
    "demo_",
    "sample_",
    "template_",
    "mock_",
    "fake_",
    "default_",
]
RESERVED = [
    "user_id",
    "thread_id",
    "run_id",
    "request_id",
    "created_at",
    "depth",
    "parent_request_id",
    "agent_context",
    "audit_metadata",
]
MAX_DEPTH = 10


class FrozenDict(Mapping[str, Any]):
    """A dictionary of one user that cannot be changed."""

    def __init__(self, user_id: str, entries: Mapping[str, Any]) -> None:
        self.user_id = user_id
        self._entries = {
            key: _frozen(value, user_id) for key, value in copy.deepcopy(dict(entries)).items()
        }

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - any JSON
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return repr(self._entries)


def _frozen(value: Any, user_id: str) -> Any:  # noqa: ANN401 - any JSON
    if getattr(value, "user_id", user_id) != user_id:
        raise ContextIsolationError("metadata of another user")
    if isinstance(value, Mapping):
        return FrozenDict(user_id, value)
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(item, user_id) for item in value)
    return value


@dataclass(frozen=True)
class UserExecutionContext:
    """Whose request it is."""

    user_id: str
    thread_id: str
    run_id: str
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    depth: int = 0
    parent_request_id: str | None = None
    agent_context: Mapping[str, Any] = field(default_factory=dict)
    audit_metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("user_id", "thread_id", "run_id", "request_id"):
            self._check_id(name, getattr(self, name))
        if self.depth > MAX_DEPTH:
            raise InvalidContextError(f"depth is {self.depth}, at most {MAX_DEPTH}")
        for name in ("agent_context", "audit_metadata"):
            entries = getattr(self, name)
            if getattr(entries, "user_id", self.user_id) != self.user_id:
                raise ContextIsolationError(f"{name} of another user")
            for key in entries:
                if key in RESERVED:
                    raise InvalidContextError(f"{name} must not hold {key}")
            object.__setattr__(self, name, FrozenDict(self.user_id, entries))

    def create_child_context(self) -> "UserExecutionContext":
        """Return the context of the next step."""
        return UserExecutionContext(
            user_id=self.user_id,
            thread_id=self.thread_id,
            run_id=self.run_id,
            depth=self.depth + 1,
            parent_request_id=self.request_id,
            agent_context=self.agent_context,
            audit_metadata=self.audit_metadata,
        )

    def _check_id(self, name: str, value: object) -> None:
        if not isinstance(value, str):
            raise InvalidContextError(f"{name} must be text")
        if not value.strip():
            raise InvalidContextError(f"{name} is blank")
        if not re.match(r"^[!-~]{1,128}$", value):
            raise InvalidContextError(f"{name} holds strange characters")
        if value.lower() in PLACEHOLDERS:
            raise InvalidContextError(f"{name} is a placeholder: {value}")
        for prefix in PREFIXES:
            if value.lower().startswith(prefix):
                raise InvalidContextError(f"{name} looks like a placeholder: {value}")
