"""Who an execution works for: ids that were checked once, and metadata that nobody can change."""

import re
import time
from collections.abc import Mapping
from math import inf
from typing import Final, Self

import msgspec
from msgspec.structs import force_setattr

from system_under_test.errors import InvalidContextError
from system_under_test.identity import unique_id
from system_under_test.metadata import EMPTY_METADATA, UserMetadata, refuse_foreign
from system_under_test.placeholders import ID_PATTERN, check_id, explain

MAX_DEPTH: Final = 10

# Both mappings are written beside the fields in logs and traces, where these names would contradict
# them.
RESERVED_KEYS: Final = frozenset(
    {
        "user_id",
        "thread_id",
        "run_id",
        "request_id",
        "created_at",
        "depth",
        "parent_request_id",
        "agent_context",
        "audit_metadata",
    }
)

_ids_match: Final = re.compile(ID_PATTERN * 4).fullmatch
_join_lines: Final = "\n".join


# gc=False: nothing that can stand in its fields can refer back to it, and the collector's list
# costs a tenth of its making.
class UserExecutionContext(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The identity of one request of one user, immutable all the way down.

    An id is an opaque token of 1 to 128 visible ASCII characters that is no placeholder; a UUID is
    one. The rule stands in `system_under_test.placeholders`.

    Attributes:
        user_id: Whose request it is.
        thread_id: The conversation it belongs to.
        run_id: The agent's run that answers it.
        request_id: This step of the run; made unless given.
        created_at: Seconds since the epoch; the present unless given.
        depth: 0 for a request, one more for each child, at most 10.
        parent_request_id: The request this one was made from; None exactly when `depth` is 0.
        agent_context: What the agent may read, as `UserMetadata`.
        audit_metadata: What the log may read, as `UserMetadata`.

    Raises:
        InvalidContextError: A field breaks its rule.
        ContextIsolationError: Metadata of another user was passed.
    """

    user_id: str
    thread_id: str
    run_id: str
    request_id: str = msgspec.field(default_factory=unique_id)
    created_at: float = msgspec.field(default_factory=time.time)
    depth: int = 0
    parent_request_id: str | None = None
    agent_context: Mapping[str, object] = EMPTY_METADATA
    audit_metadata: Mapping[str, object] = EMPTY_METADATA

    def __post_init__(self) -> None:
        try:
            ids = _join_lines((self.user_id, self.thread_id, self.run_id, self.request_id, ""))
            # isascii comes first: outside ASCII, lower() turns other characters into letters.
            sound = ids.isascii() and _ids_match(ids.lower()) and 0.0 <= self.created_at < inf
        except TypeError:
            sound = False
        if not sound:
            self._refuse()
        if self.depth != 0 or self.parent_request_id is not None:
            self._check_lineage()
        if self.agent_context is not EMPTY_METADATA:
            self._own("agent_context", self.agent_context)
        if self.audit_metadata is not EMPTY_METADATA:
            self._own("audit_metadata", self.audit_metadata)

    def create_child_context(
        self,
        agent_context: Mapping[str, object] = EMPTY_METADATA,
        audit_metadata: Mapping[str, object] = EMPTY_METADATA,
    ) -> Self:
        """Return the context of a step made from this one: new request_id, one deeper.

        Args:
            agent_context: Entries added to this context's own, or put in their place.
            audit_metadata: The same for the log's mapping.

        Raises:
            InvalidContextError: The child would be deeper than 10, or an entry breaks its rule.
            ContextIsolationError: An entry belongs to another user.
        """
        refuse_foreign(agent_context, self.user_id, "agent_context")
        refuse_foreign(audit_metadata, self.user_id, "audit_metadata")
        return type(self)(
            user_id=self.user_id,
            thread_id=self.thread_id,
            run_id=self.run_id,
            depth=self.depth + 1,
            parent_request_id=self.request_id,
            agent_context=_merged(self.agent_context, agent_context),
            audit_metadata=_merged(self.audit_metadata, audit_metadata),
        )

    def _refuse(self) -> None:
        """Name the field that the quick check refused, and its rule."""
        for field in ("user_id", "thread_id", "run_id", "request_id"):
            value = getattr(self, field)
            rule = explain(value)
            if rule is not None:
                raise InvalidContextError(field, value, rule)
        rule = "it is a count of seconds since the epoch"
        raise InvalidContextError("created_at", self.created_at, rule)

    def _check_lineage(self) -> None:
        if type(self.depth) is not int or not 0 <= self.depth <= MAX_DEPTH:
            raise InvalidContextError("depth", self.depth, f"it is a number from 0 to {MAX_DEPTH}")
        parent = self.parent_request_id
        if self.depth == 0:
            raise InvalidContextError("parent_request_id", parent, "at depth 0 there is no parent")
        check_id("parent_request_id", parent)

    def _own(self, field: str, entries: Mapping[str, object]) -> None:
        """Put this user's frozen copy in the place of the mapping that was passed."""
        if isinstance(entries, UserMetadata) and entries.user_id == self.user_id:
            self._check_reserved(field, entries)
            return
        refuse_foreign(entries, self.user_id, field)
        if not isinstance(entries, Mapping):
            raise InvalidContextError(field, entries, "it is a mapping")
        self._check_reserved(field, entries)
        force_setattr(self, field, UserMetadata(self.user_id, entries, field=field))

    @staticmethod
    def _check_reserved(field: str, entries: Mapping[str, object]) -> None:
        for key in sorted(RESERVED_KEYS.intersection(entries)):
            raise InvalidContextError(field, key, "this key is reserved for the field of that name")


def _merged(own: Mapping[str, object], added: Mapping[str, object]) -> Mapping[str, object]:
    return {**own, **added} if added else own
