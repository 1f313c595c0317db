"""The one door against everything that the drivers can raise."""

from __future__ import annotations

import asyncio
import errno
import inspect
import re
import sqlite3

import asyncpg
import pytest

from system_under_test.database import errors, translation
from system_under_test.database.errors import (
    AccessDeniedError,
    CorruptDatabaseError,
    DatabaseBusyError,
    DeadlockError,
    IntegrityError,
    LockTimeoutError,
    ReadOnlyError,
    SerializationError,
    StatementError,
    StorageError,
    TooManyConnectionsError,
    TransactionError,
)
from system_under_test.database.translation import (
    DRIVER_CLASSES,
    SQLITE_CODES,
    SQLSTATE_CLASSES,
    SQLSTATES,
    translate,
)

PRIMARY = {
    name: code
    for name in dir(sqlite3)
    if name.startswith("SQLITE_") and isinstance(code := getattr(sqlite3, name), int)
}
# Of sqlite3's constants these are no results: what an authorizer is asked, limits, switches, and
# what is no error.
AUTHORIZER = (
    "CREATE_INDEX CREATE_TABLE CREATE_TEMP_INDEX CREATE_TEMP_TABLE CREATE_TEMP_TRIGGER "
    "CREATE_TEMP_VIEW CREATE_TRIGGER CREATE_VIEW CREATE_VTABLE DELETE DROP_INDEX DROP_TABLE "
    "DROP_TEMP_INDEX DROP_TEMP_TABLE DROP_TEMP_TRIGGER DROP_TEMP_VIEW DROP_TRIGGER DROP_VIEW "
    "DROP_VTABLE INSERT PRAGMA READ SELECT TRANSACTION UPDATE ATTACH DETACH ALTER_TABLE REINDEX "
    "ANALYZE FUNCTION SAVEPOINT RECURSIVE COPY DENY IGNORE ROW DONE"
)
NO_RESULT = {f"SQLITE_{name}" for name in AUTHORIZER.split()}
NO_RESULT_KINDS = ("SQLITE_LIMIT_", "SQLITE_DBCONFIG_")


def drivers_errors() -> list[type[BaseException]]:
    """Every exception class that asyncpg has, at whatever depth of its modules."""
    found: set[type[BaseException]] = set()
    waiting = [asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError]
    modules = [asyncpg.exceptions, asyncpg.exceptions._base]
    for module in modules:
        waiting += [
            each
            for _, each in inspect.getmembers(module, inspect.isclass)
            if issubclass(each, Exception) and not issubclass(each, Warning)
        ]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += each.__subclasses__()
    return sorted(found, key=lambda each: each.__qualname__)


def known(cls: type[BaseException]) -> bool:
    """Whether a table speaks of this class itself, by its code, its code's class, or its name."""
    code = getattr(cls, "sqlstate", None)
    if code is not None:
        return code in SQLSTATES or code[:2] in SQLSTATE_CLASSES
    return f"{cls.__module__}.{cls.__qualname__}" in DRIVER_CLASSES


def test_asyncpg_has_no_error_that_the_tables_do_not_know() -> None:
    assert len(drivers_errors()) > 200
    assert [each.__qualname__ for each in drivers_errors() if not known(each)] == []


def test_an_error_of_a_newer_asyncpg_would_be_seen() -> None:
    class BrandNewError(Exception):
        sqlstate = "ZZ001"

    class BrandNewClientError(Exception):
        pass

    assert not known(BrandNewError)
    assert not known(BrandNewClientError)


def sqlite_results() -> dict[str, int]:
    return {
        name: code
        for name, code in PRIMARY.items()
        # A primary code of 0 is a success.
        if code & 0xFF and name not in NO_RESULT and not name.startswith(NO_RESULT_KINDS)
    }


def test_sqlite_has_no_code_that_the_table_does_not_know() -> None:
    results = sqlite_results()
    primaries = {code: name for name, code in results.items() if code < 0x100}
    assert len(results) > 80
    unknown = [
        name
        for name, code in results.items()
        if name not in SQLITE_CODES and primaries[code & 0xFF] not in SQLITE_CODES
    ]
    assert unknown == []


def test_the_sqlite_table_names_codes_that_exist() -> None:
    assert [name for name in SQLITE_CODES if name not in PRIMARY] == []


def test_sqlite3_has_no_error_class_that_the_table_does_not_know() -> None:
    classes = [
        each
        for _, each in inspect.getmembers(sqlite3, inspect.isclass)
        if issubclass(each, Exception)
    ]
    assert len(classes) >= 10
    assert [each for each in classes if f"sqlite3.{each.__qualname__}" not in DRIVER_CLASSES] == []


def from_sqlite(name: str) -> sqlite3.Error:
    error = sqlite3.OperationalError("words that say deadlock, timeout and connection lost")
    error.sqlite_errorcode = getattr(sqlite3, name)
    error.sqlite_errorname = name
    return error


def from_postgres(code: str) -> BaseException:
    error = asyncpg.PostgresError.new({"C": code, "M": "words that say deadlock and timeout"})
    assert isinstance(error, BaseException)
    return error


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("40P01", DeadlockError),
        ("40001", SerializationError),
        ("55P03", LockTimeoutError),
        ("57014", errors.TimeoutError),
        ("08000", errors.ConnectionError),
        ("08003", errors.ConnectionError),
        ("08006", errors.ConnectionError),
        ("08P01", errors.ConnectionError),
        ("57P01", errors.ConnectionError),
        ("57P02", errors.ConnectionError),
        ("57P03", errors.ConnectionError),
        ("53300", TooManyConnectionsError),
        ("53100", StorageError),
        ("23505", IntegrityError),
        ("25006", ReadOnlyError),
        ("25P02", errors.AbortedTransactionError),
        ("28P01", AccessDeniedError),
        ("42601", StatementError),
        ("XX001", CorruptDatabaseError),
        ("ZZ999", TransactionError),
    ],
)
def test_a_sqlstate_is_told_by_its_code(code: str, kind: type[TransactionError]) -> None:
    error = translate(from_postgres(code), "working")
    assert (type(error), error.code, error.doing) == (kind, code, "working")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SQLITE_BUSY", DatabaseBusyError),
        ("SQLITE_BUSY_RECOVERY", DatabaseBusyError),
        ("SQLITE_BUSY_SNAPSHOT", SerializationError),
        ("SQLITE_LOCKED_SHAREDCACHE", DatabaseBusyError),
        ("SQLITE_READONLY_DIRECTORY", ReadOnlyError),
        ("SQLITE_FULL", StorageError),
        ("SQLITE_IOERR_FSYNC", StorageError),
        ("SQLITE_CORRUPT_INDEX", CorruptDatabaseError),
        ("SQLITE_NOTADB", CorruptDatabaseError),
        ("SQLITE_CANTOPEN_ISDIR", errors.ConnectionError),
        ("SQLITE_CONSTRAINT_UNIQUE", IntegrityError),
        ("SQLITE_INTERRUPT", errors.TimeoutError),
        ("SQLITE_ABORT_ROLLBACK", errors.AbortedTransactionError),
    ],
)
def test_a_code_of_sqlite_is_told_by_its_code(name: str, kind: type[TransactionError]) -> None:
    error = translate(from_sqlite(name), "working")
    assert (type(error), error.code) == (kind, name)


def test_a_code_that_sqlite_gets_one_day_is_told_by_its_primary_code() -> None:
    error = from_sqlite("SQLITE_BUSY")
    error.sqlite_errorcode |= 0x7F00
    error.sqlite_errorname = "SQLITE_BUSY_SOMEHOW"
    assert type(translate(error, "working")) is DatabaseBusyError


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(errno.ECONNRESET, "reset"),
        ConnectionRefusedError(errno.ECONNREFUSED, "refused"),
        BrokenPipeError(errno.EPIPE, "pipe"),
        OSError(errno.EHOSTUNREACH, "no route"),
        TimeoutError(),
        EOFError(),
        asyncio.IncompleteReadError(b"", 5),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.exceptions.ProtocolError("unexpected message"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_cut_connection_is_told_by_the_class_of_its_error(error: Exception) -> None:
    told = translate(error, "working")
    assert type(told) is errors.ConnectionError
    assert told.retryable


def test_what_nobody_knows_is_told_as_such_and_not_repeated() -> None:
    told = translate(RuntimeError("deadlock detected, connection closed, timeout"), "working")
    assert (type(told), told.retryable, told.code) == (TransactionError, False, None)


def test_the_door_never_reads_a_message() -> None:
    source = inspect.getsource(translation)
    assert not re.search(r"str\((error|exc)\)|\.args\b|\bmessage\b *in|\.lower\(\)", source)
