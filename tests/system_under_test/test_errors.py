import pickle

import pytest

from system_under_test import errors
from system_under_test.errors import (
    AlreadyConnectedError,
    BackendError,
    BridgeNotReadyError,
    ConnectionLimitError,
    ContextIsolationError,
    EventOrderError,
    IllegalIntegrationError,
    IllegalTransitionError,
    IncompleteSystemError,
    InvalidContextError,
    ManagerClosedError,
    RunLimitError,
    SupervisorBusyError,
    UnencodableEventError,
    UnknownExecutionError,
    UnknownPathError,
)

SENTENCES: list[tuple[BackendError, str]] = [
    (
        InvalidContextError("user_id", "temp", "this is a placeholder; pass the real id"),
        "user_id is 'temp', but this is a placeholder; pass the real id",
    ),
    (
        InvalidContextError("user_id", "x" * 100, "an id has at most 128 characters"),
        f"user_id is '{'x' * 56}..., but an id has at most 128 characters",
    ),
    (
        ContextIsolationError("agent_context.a", "user-2", "user-1"),
        "agent_context.a belongs to another user than 'user-1'; "
        "make it anew from this user's own data",
    ),
    (
        IllegalTransitionError("pending", "completed", {"running", "starting"}),
        "an execution cannot go from pending to 'completed'; "
        "from there it can go to: running, starting",
    ),
    (
        IllegalTransitionError("completed", "running", ()),
        "an execution cannot go from completed to 'running': completed is final; "
        "create a new execution",
    ),
    (
        UnknownExecutionError("e-1"),
        "no execution 'e-1' is tracked: it was never created here, or it ended and its record was "
        "given up; use the id that `create` returned",
    ),
    (
        ConnectionLimitError("user-1", 10),
        "user 'user-1' already has 10 connections, the limit for one user; disconnect one first",
    ),
    (
        AlreadyConnectedError("user-1"),
        "this connection is already connected, for user 'user-1'; disconnect it first",
    ),
    (
        ManagerClosedError(),
        "the manager was shut down; connect to a new one from create_websocket_manager()",
    ),
    (
        UnencodableEventError("it holds a function"),
        "the event cannot be written as JSON: it holds a function; "
        "put text, numbers, lists and mappings with text keys into its payload",
    ),
    (
        EventOrderError("run-1", None, "agent_completed", {"agent_started", "agent_error"}),
        "run 'run-1' cannot emit 'agent_completed' first; emit one of: agent_error, agent_started",
    ),
    (
        EventOrderError("run-1", "agent_completed", "agent_started", ()),
        "run 'run-1' cannot emit 'agent_started' after agent_completed; "
        "the run has ended, start another with a new run_id",
    ),
    (
        RunLimitError(10),
        "10 runs are open, the limit of this bridge; "
        "end one with agent_completed or agent_error first",
    ),
    (
        SupervisorBusyError(10),
        "10 messages are being answered, the limit of this server; try again soon",
    ),
    (
        BridgeNotReadyError("failed", "probe_failed"),
        "the bridge is failed (probe_failed) and cannot send; start it with a manager",
    ),
    (
        BridgeNotReadyError("uninitialized", None),
        "the bridge is uninitialized and cannot send; start it with a manager",
    ),
    (
        IllegalIntegrationError("active", "start", {"stop", "losses"}),
        "start does not apply to a bridge that is active; there these do: losses, stop",
    ),
    (
        UnknownPathError("os:system"),
        "the import registry does not hold 'os:system'; "
        "see CANONICAL and DEPRECATED in system_under_test.registry for what it holds",
    ),
    (
        IncompleteSystemError("my.module", ["unique_id", "redact"]),
        "module 'my.module' cannot be measured as a system: it lacks unique_id, redact; "
        "system_under_test.protocol.ReferenceSystem says what each one must do",
    ),
]


@pytest.mark.parametrize(("error", "sentence"), SENTENCES)
def test_an_error_says_what_where_and_what_next(error: BackendError, sentence: str) -> None:
    assert str(error) == sentence


@pytest.mark.parametrize("error", [error for error, _ in SENTENCES])
def test_an_error_survives_the_way_between_processes(error: BackendError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert vars(again) == vars(error)


def tree() -> set[type[BackendError]]:
    # Those of the database stand in a table of their own.
    return {each for each in BackendError.__subclasses__() if each.__module__ == errors.__name__}


def test_the_table_holds_every_error() -> None:
    assert {type(error) for error, _ in SENTENCES} == tree()


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    told = {line.split()[1]: line for line in str(errors.__doc__).splitlines() if "──" in line}
    assert set(told) == {error.__name__ for error in tree()}
    for error in tree():
        foreign = [base.__name__ for base in error.__bases__ if base is not BackendError]
        assert [name for name in foreign if f"({name})" not in told[error.__name__]] == []
