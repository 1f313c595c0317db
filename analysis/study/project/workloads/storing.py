"""A database in memory."""

import sqlite3
from collections.abc import Callable

from .size import units

_ROWS = 500


def prepare_sqlite(count: int) -> Callable[[], int]:
    """One row changed and one read by its key a unit, all in one transaction."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("create table item (id integer primary key, name text, amount integer)")
    rows = ((number, f"item {number}", number % 7) for number in range(_ROWS))
    connection.executemany("insert into item values (?, ?, ?)", rows)
    keys = tuple(number * 17 % _ROWS for number in range(units(count)))

    def transact() -> int:
        total = 0
        connection.execute("begin")
        for key in keys:
            connection.execute("update item set amount = 7 - amount where id = ?", (key,))
            (amount,) = connection.execute(
                "select amount from item where id = ?", (key,)
            ).fetchone()
            total += amount
        connection.execute("rollback")
        return total

    return transact
