"""What the database refuses, as records that can speak; each keeps the driver's error as its cause.

    BackendError
    ├── DatabaseUrlError (ValueError)         no engine serves this URL
    └── TransactionError                      the work in hand was not done; root of all below
        ├── AbortedTransactionError           an earlier statement of the transaction had failed
        ├── AccessDeniedError                 the database does not let us
        ├── ConnectionError                   the connection was lost, refused or never made
        │   └── TooManyConnectionsError       the server or the pool has no connection left
        ├── CorruptDatabaseError              what is stored cannot be read as a database
        ├── DatabaseBusyError                 another process holds the file (SQLite)
        ├── DatabaseClosedError               the manager was closed
        ├── DeadlockError                     two transactions waited for one another
        ├── IntegrityError                    a rule of the schema would be broken
        ├── LockTimeoutError                  a lock was not granted in time
        ├── ReadOnlyError                     the database takes no changes
        ├── SchemaVersionError                the schema is newer than this program
        ├── SerializationError                the transaction clashes with another one
        ├── StatementError                    the statement itself is wrong
        ├── StorageError                      disk or memory of the database failed or is full
        └── TimeoutError                      a statement ran for too long

Two of them have the document's names, which are those of built-ins. They are imported by name, from
here or from `system_under_test`, and no star import brings them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final

from system_under_test.errors import BackendError, shown

__all__ = [
    "AbortedTransactionError",
    "AccessDeniedError",
    "CorruptDatabaseError",
    "DatabaseBusyError",
    "DatabaseClosedError",
    "DatabaseUrlError",
    "DeadlockError",
    "IntegrityError",
    "LockTimeoutError",
    "ReadOnlyError",
    "SchemaVersionError",
    "SerializationError",
    "StatementError",
    "StorageError",
    "TooManyConnectionsError",
    "TransactionError",
]


class DatabaseUrlError(BackendError, ValueError):
    """No engine serves this URL. A password in it is never shown."""

    def __init__(self, scheme: str, problem: str) -> None:
        super().__init__(scheme, problem)
        self.scheme = scheme
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"no database can be opened by a URL that begins with {shown(self.scheme)}: "
            f"{self.problem}; use sqlite:///relative/path, sqlite:////absolute/path or "
            "postgresql://user@host/database"
        )


class TransactionError(BackendError):
    """The database did not do what was asked; nothing of the transaction is kept.

    The sentence never quotes the database's own message, which may hold stored text; `__cause__`
    does.

    Attributes:
        doing: What was being done, as it reads after "while".
        code: SQLSTATE of PostgreSQL, or name of SQLite's extended error code; None when the driver
            gave none, as for most connections that are cut.
        retryable: Whether the same work may succeed when it is done again.
        outcome_unknown: Whether the answer to a COMMIT was lost: the work may be kept after all.
    """

    # What happened, and what to do next: the two halves of the sentence.
    happened: ClassVar[str] = "the database failed in a way that is not known here"
    advice: ClassVar[str] = "look at the cause of this error"
    retry_helps: ClassVar[bool] = False

    def __init__(
        self, doing: str, code: str | None = None, *, outcome_unknown: bool = False
    ) -> None:
        super().__init__(doing, code)
        self.doing = doing
        self.code = code
        self.retryable = self.retry_helps
        self.outcome_unknown = outcome_unknown

    def __str__(self) -> str:
        code = f" ({self.code})" if self.code else ""
        start = f"{self.happened}{code} while {self.doing}"
        if self.outcome_unknown:
            return (
                f"{start}: whether the transaction was kept is unknown; "
                "look for its records, or repeat it only if it is safe to repeat"
            )
        return f"{start}; {self.advice}"


_REPEAT = "do the whole transaction again"


class AbortedTransactionError(TransactionError):
    """An earlier statement of the same transaction had failed, so nothing of it is kept."""

    happened = "an earlier statement of this transaction had failed"
    advice = "let its error end the transaction, and begin another"


class AccessDeniedError(TransactionError):
    """The database knows us and does not let us, or does not know us."""

    happened = "the database denied access"
    advice = "see to the user, the password and the rights that the URL names"


class ConnectionError(TransactionError):
    """The connection to the database was lost, refused, or never made."""

    happened = "the connection to the database was lost or could not be made"
    advice = "see that the server runs and can be reached, and try again"
    retry_helps = True


class TooManyConnectionsError(ConnectionError):
    """The server, or our pool, has no connection left."""

    happened = "no connection to the database is left"
    advice = "try again when others have ended, or raise the limit"
    retry_helps = True


class CorruptDatabaseError(TransactionError):
    """What is stored cannot be read as a database."""

    happened = "what is stored is damaged or is no database"
    advice = "restore a backup"


class DatabaseBusyError(TransactionError):
    """Another process, or another transaction of ours, held the SQLite file for too long."""

    happened = "another transaction kept the database file locked for too long"
    advice = _REPEAT
    retry_helps = True


class DatabaseClosedError(TransactionError):
    """The manager was closed."""

    happened = "the database manager was closed"
    advice = "open another with create_database_manager(url)"


class DeadlockError(TransactionError):
    """Two transactions waited for one another, and this one was chosen to give way."""

    happened = "two transactions waited for one another and this one was ended"
    advice = _REPEAT
    retry_helps = True


class IntegrityError(TransactionError):
    """A rule of the schema would have been broken: a duplicate, an unknown parent, no value."""

    happened = "a rule of the schema would be broken"
    advice = "change the record: the same one will be refused again"


class LockTimeoutError(TransactionError):
    """A lock that another transaction holds was not granted in time."""

    happened = "a lock was not granted in time"
    advice = _REPEAT
    retry_helps = True


class ReadOnlyError(TransactionError):
    """The database takes no changes."""

    happened = "the database takes no changes"
    advice = "see to its file's permissions, or connect to the server that takes writes"


class SchemaVersionError(TransactionError):
    """The stored schema is newer than this program, which leaves it alone."""

    happened = "the stored schema is newer than this program knows"
    advice = "run a newer program, or name another database"


class SerializationError(TransactionError):
    """The transaction clashes with another one that was faster."""

    happened = "another transaction changed the same records first"
    advice = _REPEAT
    retry_helps = True


class StatementError(TransactionError):
    """The statement or a value in it is wrong: a fault of the program."""

    happened = "a statement or a value in it is wrong"
    advice = "mend the program; the same statement will be refused again"


class StorageError(TransactionError):
    """Disk or memory of the database failed or is full."""

    happened = "the disk or memory of the database failed or is full"
    advice = "make room there, then try again"


class TimeoutError(TransactionError):
    """A statement ran longer than it may."""

    happened = "a statement ran longer than it may"
    advice = "ask for less at once, or try again when the database has less to do"
    retry_helps = True


# What suites call them: the document's roles, so that another implementation may name its own.
ERRORS_BY_ROLE: Final[Mapping[str, type[Exception]]] = MappingProxyType(
    {
        "transaction": TransactionError,
        "busy": DatabaseBusyError,
        "connection": ConnectionError,
        "corrupt": CorruptDatabaseError,
        "deadlock": DeadlockError,
        "integrity": IntegrityError,
        "lock_timeout": LockTimeoutError,
        "read_only": ReadOnlyError,
        "serialization": SerializationError,
        "storage": StorageError,
        "timeout": TimeoutError,
        "too_many_connections": TooManyConnectionsError,
    }
)
