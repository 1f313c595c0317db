"""The one door: what a driver raises becomes one of our errors, by code or class, never by words.

PostgreSQL says a SQLSTATE, SQLite an extended error code; a connection that was cut says neither,
and then the class of the error is what there is. First the exact code, then its class, then the
class of the error, then the safe default: `TransactionError`, which no retry helps.

The tables are literal. A test walks asyncpg's errors and sqlite3's codes and fails when one of them
is not in a table.
"""

import sqlite3
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from system_under_test.database.errors import (
    AbortedTransactionError,
    AccessDeniedError,
    ConnectionError,
    CorruptDatabaseError,
    DatabaseBusyError,
    DeadlockError,
    IntegrityError,
    LockTimeoutError,
    ReadOnlyError,
    SerializationError,
    StatementError,
    StorageError,
    TimeoutError,
    TooManyConnectionsError,
    TransactionError,
)

Kind = type[TransactionError]

# Appendix A of PostgreSQL's manual. What a class says of all its members stands in the next table.
SQLSTATES: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "25006": ReadOnlyError,  # read_only_sql_transaction
        "25P02": AbortedTransactionError,  # in_failed_sql_transaction
        "25P03": ConnectionError,  # idle_in_transaction_session_timeout ends the session
        "25P04": TimeoutError,  # transaction_timeout
        "40001": SerializationError,
        "40002": IntegrityError,  # transaction_integrity_constraint_violation
        "40003": ConnectionError,  # statement_completion_unknown
        "40P01": DeadlockError,
        "42501": AccessDeniedError,  # insufficient_privilege
        "53300": TooManyConnectionsError,
        "55P03": LockTimeoutError,  # lock_not_available
        "57014": TimeoutError,  # query_canceled: by statement_timeout
        "57P01": ConnectionError,  # admin_shutdown
        "57P02": ConnectionError,  # crash_shutdown
        "57P03": ConnectionError,  # cannot_connect_now: it starts or stops
        "57P04": ConnectionError,  # database_dropped
        "57P05": ConnectionError,  # idle_session_timeout
        "XX001": CorruptDatabaseError,  # data_corrupted
        "XX002": CorruptDatabaseError,  # index_corrupted
    }
)

SQLSTATE_CLASSES: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "00": TransactionError,  # success: never an error
        "01": TransactionError,  # warning: never an error
        "02": TransactionError,  # no data: never an error
        "03": StatementError,  # SQL statement not yet complete
        "08": ConnectionError,  # connection exception; 08003 is a backend that was terminated
        "09": StatementError,  # triggered action
        "0A": StatementError,  # feature not supported
        "0B": StatementError,  # invalid transaction initiation
        "0F": StatementError,  # locator
        "0L": AccessDeniedError,  # invalid grantor
        "0P": AccessDeniedError,  # invalid role
        "0Z": StatementError,  # diagnostics
        "10": StatementError,  # XQuery
        "20": StatementError,  # case not found
        "21": StatementError,  # cardinality
        "22": StatementError,  # data exception
        "23": IntegrityError,
        "24": StatementError,  # cursor state
        "25": StatementError,  # transaction state
        "26": StatementError,  # statement name
        "27": StatementError,  # triggered data change
        "28": AccessDeniedError,  # authorization
        "2B": StatementError,  # dependent privileges
        "2D": StatementError,  # transaction termination
        "2F": StatementError,  # SQL routine
        "34": StatementError,  # cursor name
        "38": StatementError,  # external routine
        "39": StatementError,  # external routine invocation
        "3B": StatementError,  # savepoint
        "3D": ConnectionError,  # no such database (yet)
        "3F": StatementError,  # schema name
        "40": SerializationError,  # transaction rollback
        "42": StatementError,  # syntax or access rule
        "44": IntegrityError,  # with check option
        "53": StorageError,  # insufficient resources
        "54": StatementError,  # program limit
        "55": StatementError,  # object not in the state that is needed
        "57": TransactionError,  # operator intervention
        "58": StorageError,  # system error
        "72": SerializationError,  # snapshot too old
        "F0": StatementError,  # configuration file
        "HV": StatementError,  # foreign data
        "P0": StatementError,  # PL/pgSQL
        "XX": TransactionError,  # internal error
    }
)

# https://www.sqlite.org/rescode.html. A primary code speaks for its extended ones, unless one of
# those stands here itself.
SQLITE_CODES: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "SQLITE_ERROR": StatementError,
        "SQLITE_ERROR_SNAPSHOT": SerializationError,
        "SQLITE_INTERNAL": TransactionError,
        "SQLITE_PERM": AccessDeniedError,
        "SQLITE_ABORT": TransactionError,
        "SQLITE_ABORT_ROLLBACK": AbortedTransactionError,
        "SQLITE_BUSY": DatabaseBusyError,
        "SQLITE_BUSY_SNAPSHOT": SerializationError,
        "SQLITE_LOCKED": DatabaseBusyError,
        "SQLITE_NOMEM": StorageError,
        "SQLITE_READONLY": ReadOnlyError,
        "SQLITE_INTERRUPT": TimeoutError,
        "SQLITE_IOERR": StorageError,
        "SQLITE_CORRUPT": CorruptDatabaseError,
        "SQLITE_NOTFOUND": StatementError,
        "SQLITE_FULL": StorageError,
        "SQLITE_CANTOPEN": ConnectionError,
        "SQLITE_PROTOCOL": DatabaseBusyError,  # lost the race for the log's locks
        "SQLITE_EMPTY": StatementError,
        "SQLITE_SCHEMA": SerializationError,  # another connection changed the schema
        "SQLITE_TOOBIG": IntegrityError,
        "SQLITE_CONSTRAINT": IntegrityError,
        "SQLITE_MISMATCH": IntegrityError,
        "SQLITE_MISUSE": StatementError,
        "SQLITE_NOLFS": StorageError,
        "SQLITE_AUTH": AccessDeniedError,
        "SQLITE_FORMAT": CorruptDatabaseError,
        "SQLITE_RANGE": StatementError,
        "SQLITE_NOTADB": CorruptDatabaseError,
        "SQLITE_NOTICE": TransactionError,  # never an error
        "SQLITE_WARNING": TransactionError,  # never an error
    }
)

# By module and name, so that a driver that is not used need not be imported. Of an error's own
# bases the nearest one counts.
DRIVER_CLASSES: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        # A cut connection often has no code: "connection is closed", nothing read, nothing heard.
        "asyncpg.exceptions._base.InterfaceError": ConnectionError,
        "asyncpg.exceptions._base.ClientConfigurationError": StatementError,
        "asyncpg.exceptions._base.DataError": StatementError,
        "asyncpg.exceptions._base.UnsupportedClientFeatureError": StatementError,
        "asyncpg.exceptions._base.UnsupportedServerFeatureError": StatementError,
        "asyncpg.exceptions._base.InternalClientError": ConnectionError,
        "asyncpg.exceptions._base.ProtocolError": ConnectionError,
        "asyncpg.exceptions._base.TargetServerAttributeNotMatched": ConnectionError,
        "asyncpg.exceptions._base.OutdatedSchemaCacheError": SerializationError,
        # A server's error whose SQLSTATE is not in the tables above.
        "asyncpg.exceptions._base.PostgresError": TransactionError,
        "asyncpg.exceptions._base.FatalPostgresError": ConnectionError,  # it ends the session
        "asyncpg.exceptions._base.UnknownPostgresError": TransactionError,
        # Python's sqlite3 itself, without a code of SQLite.
        "sqlite3.Error": TransactionError,
        "sqlite3.DatabaseError": TransactionError,
        "sqlite3.DataError": StatementError,
        "sqlite3.IntegrityError": IntegrityError,
        "sqlite3.InterfaceError": StatementError,
        "sqlite3.InternalError": TransactionError,
        "sqlite3.NotSupportedError": StatementError,
        "sqlite3.OperationalError": TransactionError,
        "sqlite3.ProgrammingError": StatementError,
        "sqlite3.Warning": StatementError,
        # The way to the server: refused, reset, unreachable; nothing heard for too long is an
        # OSError too. An end in the middle of an answer is an EOFError.
        "builtins.OSError": ConnectionError,
        "builtins.TimeoutError": ConnectionError,
        "builtins.ConnectionError": ConnectionError,
        "builtins.EOFError": ConnectionError,
        "asyncio.exceptions.IncompleteReadError": ConnectionError,
        # A value that cannot be encoded: half a surrogate pair, a zero byte, a huge number.
        "builtins.UnicodeError": StatementError,
        "builtins.OverflowError": StatementError,
        "builtins.ValueError": StatementError,
        "builtins.TypeError": StatementError,
    }
)

_PRIMARY: Final[Mapping[int, str]] = MappingProxyType(
    {
        code: name
        for name in SQLITE_CODES
        if (code := getattr(sqlite3, name, 0x100)) < 0x100  # an extended code is above
    }
)


def translate(error: BaseException, doing: str) -> TransactionError:
    """Return our error for a driver's; the caller raises it `from` that one.

    Args:
        error: What the driver raised.
        doing: What was being done, as it reads after "while".
    """
    code, kind = _by_sqlstate(error) or _by_sqlite_code(error) or (None, _by_class(type(error)))
    return kind(doing, code)


def _by_sqlstate(error: BaseException) -> tuple[str, Kind] | None:
    code = getattr(error, "sqlstate", None)
    if not isinstance(code, str):
        return None
    return code, SQLSTATES.get(code) or SQLSTATE_CLASSES.get(code[:2]) or _by_class(type(error))


def _by_sqlite_code(error: BaseException) -> tuple[str, Kind] | None:
    code = getattr(error, "sqlite_errorcode", None)
    if not isinstance(code, int):
        return None
    name = str(getattr(error, "sqlite_errorname", code))
    kind = SQLITE_CODES.get(name) or SQLITE_CODES.get(_PRIMARY.get(code & 0xFF, ""))
    return name, kind or TransactionError


def _by_class(cls: type[BaseException]) -> Kind:
    for base in cls.__mro__:
        kind = DRIVER_CLASSES.get(f"{base.__module__}.{base.__qualname__}")
        if kind is not None:
            return kind
    return TransactionError
