"""The probes of the database against systems that are wrong in further ways than the sabotages."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.probes.__main__ import main
from benchmarks.probes.table import PROBES, Probe
from benchmarks.probes.trial import Count, Trial, count
from benchmarks.sabotage.mistaking import mistaking
from benchmarks.servers import Unavailable
from system_under_test import reference
from system_under_test.database.engine import DatabaseOptions
from system_under_test.database.errors import (
    ERRORS_BY_ROLE,
    LockTimeoutError,
    SerializationError,
    StatementError,
    TransactionError,
)
from system_under_test.database.manager import DatabaseManager, OpenTransaction
from system_under_test.database.outbox import Outbox
from tests.benchmarks.trying import FEW

Create = Callable[..., Awaitable[DatabaseManager]]


def tried(name: str, **replaced: Any) -> Count:
    parts = {each: getattr(reference, each) for each in ("unique_id", "create_database")}
    parts["database_errors"] = reference.database_errors
    system: Any = SimpleNamespace(**{**parts, **replaced})
    try:
        return count(PROBES[name].load()(system, Random(7), FEW[name]))
    except Unavailable as missing:
        pytest.skip(str(missing))


def clash_as_lock(error: TransactionError) -> TransactionError:
    if isinstance(error, SerializationError):
        return LockTimeoutError(error.doing, error.code)
    return error


def no_code(error: TransactionError) -> TransactionError:
    return type(error)(error.doing)


def lost_as_fault_of_the_program(error: TransactionError) -> TransactionError:
    return StatementError(error.doing) if isinstance(error, OSError) or error.code else error


@pytest.mark.parametrize("mistake", [clash_as_lock, no_code], ids=lambda each: each.__name__)
def test_a_mistaken_error_is_seen(mistake: Any) -> None:
    assert 0 < tried("database", create_database=mistaking(mistake)).failures < FEW["database"]


def test_one_class_for_everything_is_seen() -> None:
    roles = dict.fromkeys(ERRORS_BY_ROLE, TransactionError)
    seen = tried("database", database_errors=lambda: roles)
    assert seen.failures == 1
    assert seen.example == "two roles of database errors are one class"


def test_a_lost_connection_that_no_retry_may_help_is_seen() -> None:
    create = mistaking(lost_as_fault_of_the_program)
    assert tried("connection-loss", create_database=create).failures > 0


class Careless(Outbox):
    """Sends also what was rolled back."""

    __slots__ = ()

    def drop(self) -> None:
        self.release()


class Backwards(Outbox):
    """Sends the last event first."""

    __slots__ = ()

    def release(self) -> None:
        self._sends.reverse()
        super().release()


class Forgetful(Outbox):
    """Sends nothing."""

    __slots__ = ()

    def release(self) -> None:
        self.drop()


def with_outbox(kind: type[Outbox]) -> Create:
    class Manager(DatabaseManager):
        __slots__ = ()

        def transaction(self, *, serializable: bool = False) -> OpenTransaction:
            return OpenTransaction(self._engine, kind(self._tally), serializable=serializable)

    async def create_database(url: str, options: DatabaseOptions | None = None) -> DatabaseManager:
        manager = await reference.create_database(url, options)
        manager.__class__ = Manager
        return manager

    return create_database


@pytest.mark.parametrize("kind", [Careless, Backwards, Forgetful], ids=lambda each: each.__name__)
def test_an_outbox_that_sends_wrongly_is_seen(kind: type[Outbox]) -> None:
    assert tried("outbox", create_database=with_outbox(kind)).failures > 0


def test_a_part_that_cannot_be_had_is_skipped_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def trials(*_: object) -> Iterator[Trial]:
        if PROBES:
            raise Unavailable("there is no server here")
        yield from ()

    class Missing(Probe):
        def load(self) -> object:  # type: ignore[override]
            return trials

    monkeypatch.setitem(PROBES, "missing", Missing("missing", "nothing", 10))
    assert main(["missing", "--system", "system_under_test.reference"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert json.loads(last) == {"skipped": "there is no server here"}
