"""A connection that is cut without a word from the server is told as an unknown error.

Check `connection-loss` must see it: nobody tries again after an error that no retry can help.
"""

from benchmarks.sabotage.mistaking import mistaking
from system_under_test.database.errors import ConnectionError, TransactionError
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

# What the server itself says when it ends a connection. 08003 comes from asyncpg, for a cut one.
_SAID_BY_THE_SERVER = {"57P01", "57P02", "57P03"}


def _as_unknown(error: TransactionError) -> TransactionError:
    if isinstance(error, ConnectionError) and error.code not in _SAID_BY_THE_SERVER:
        return TransactionError(error.doing, error.code)
    return error


create_database = mistaking(_as_unknown)
