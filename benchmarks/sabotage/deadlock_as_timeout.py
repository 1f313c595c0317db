"""A deadlock in PostgreSQL is told as a statement that ran for too long.

Check `database-errors` must see it: whoever is told so asks for less, instead of doing it again.
"""

from benchmarks.sabotage.mistaking import mistaking
from system_under_test.database.errors import DeadlockError, TimeoutError, TransactionError
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing


def _as_timeout(error: TransactionError) -> TransactionError:
    return TimeoutError(error.doing, error.code) if isinstance(error, DeadlockError) else error


create_database = mistaking(_as_timeout)
