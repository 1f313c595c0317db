"""Every statement, once, for both engines; and the schema.

The text is SQLite's; PostgreSQL's differs in how a value is marked, `?1` or `$1`. Every query names
the user, so that a wrong thread or run of somebody else finds nothing.
"""

import re
from dataclasses import dataclass
from typing import Final

SCHEMA_VERSION: Final = 1

# Any number: nodes that start at once wait for one another before they create the schema.
SCHEMA_LOCK: Final = 437_437


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Attributes:
        doing: What it does, as it reads after "while".
        sqlite: Its text for SQLite.
        postgres: Its text for PostgreSQL.
        postgres_many: The same, giving a row for each that it added; for `execute_many`.
    """

    doing: str
    sqlite: str
    postgres: str
    postgres_many: str = ""


def _statement(doing: str, text: str, returning: str = "") -> Statement:
    sqlite = " ".join(text.split())
    postgres = re.sub(r"\?(\d+)", r"$\1", sqlite)
    return Statement(doing, sqlite, postgres, postgres + returning)


# Values: thread_id, user_id, created_at.
ADD_THREAD: Final = _statement(
    "adding a thread",
    """INSERT INTO threads (thread_id, user_id, created_at) VALUES (?1, ?2, ?3)
       ON CONFLICT (thread_id) DO NOTHING""",
)

THREAD_OWNER: Final = _statement(
    "looking for a thread", "SELECT user_id FROM threads WHERE thread_id = ?1"
)

# Values: the fields of a MessageRecord in order. Adds nothing unless the thread is the user's.
ADD_MESSAGE: Final = _statement(
    "adding a message",
    """INSERT INTO messages
         (message_id, thread_id, user_id, role, text, created_at, answers)
       SELECT CAST(?1 AS TEXT), thread_id, user_id, CAST(?4 AS TEXT), CAST(?5 AS TEXT),
         CAST(?6 AS DOUBLE PRECISION), CAST(?7 AS TEXT)
       FROM threads WHERE thread_id = ?2 AND user_id = ?3
       ON CONFLICT (user_id, thread_id, message_id) DO NOTHING""",
)

SAME_MESSAGE: Final = _statement(
    "looking for a message",
    """SELECT role, text, answers FROM messages
       WHERE user_id = ?1 AND thread_id = ?2 AND message_id = ?3""",
)

# Values: the fields of a RunRecord in order. Adds nothing unless the message is the user's.
ADD_RUN: Final = _statement(
    "adding a run",
    """INSERT INTO runs
         (run_id, message_id, thread_id, user_id, agent, state, created_at, result)
       SELECT CAST(?1 AS TEXT), message_id, thread_id, user_id, CAST(?5 AS TEXT),
         CAST(?6 AS TEXT), CAST(?7 AS DOUBLE PRECISION), CAST(?8 AS TEXT)
       FROM messages WHERE message_id = ?2 AND thread_id = ?3 AND user_id = ?4
       ON CONFLICT (user_id, run_id) DO NOTHING""",
    returning=" RETURNING 1",
)

SAME_RUN: Final = _statement(
    "looking for a run",
    "SELECT message_id, thread_id, agent FROM runs WHERE user_id = ?1 AND run_id = ?2",
)

# Values: user_id, run_id, state, result.
FINISH_RUN: Final = _statement(
    "ending a run", "UPDATE runs SET state = ?3, result = ?4 WHERE user_id = ?1 AND run_id = ?2"
)

# Values: user_id, thread_id, the most that are wanted. The newest first.
MESSAGES: Final = _statement(
    "reading messages",
    """SELECT message_id, thread_id, user_id, role, text, created_at, answers FROM messages
       WHERE user_id = ?1 AND thread_id = ?2 ORDER BY position DESC LIMIT ?3""",
)

# Values: user_id, thread_id, the most that are wanted. The newest first.
RUNS: Final = _statement(
    "reading runs",
    """SELECT run_id, message_id, thread_id, user_id, agent, state, created_at, result FROM runs
       WHERE user_id = ?1 AND thread_id = ?2 ORDER BY created_at DESC, run_id DESC LIMIT ?3""",
)

ANYTHING: Final = _statement("asking whether the database answers", "SELECT 1")

HAS_SCHEMA: Final = Statement(
    "looking for the schema",
    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'",
    # A query sees what another node has just committed; to_regclass may answer from a cache.
    "SELECT 1 FROM pg_catalog.pg_tables "
    "WHERE schemaname = current_schema() AND tablename = 'schema_version'",
)
STORED_VERSION: Final = _statement(
    "reading the schema's version", "SELECT version FROM schema_version"
)
ADD_VERSION: Final = _statement(
    "writing the schema's version", "INSERT INTO schema_version (version) VALUES (?1)"
)


def _table(text: str) -> Statement:
    sqlite = text.format(position="INTEGER PRIMARY KEY", clustered=" WITHOUT ROWID")
    postgres = text.format(position="BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", clustered="")
    return Statement("creating the schema", sqlite, postgres)


# A message's primary key begins with its user, and so does a run's: what one user has lies close
# together, so that a message and its runs touch few pages.
SCHEMA: Final = (
    _table("CREATE TABLE schema_version (version INTEGER NOT NULL)"),
    _table(
        """CREATE TABLE threads (
             thread_id TEXT NOT NULL PRIMARY KEY,
             user_id TEXT NOT NULL,
             created_at DOUBLE PRECISION NOT NULL
           ){clustered}"""
    ),
    _table(
        """CREATE TABLE messages (
             position {position},
             message_id TEXT NOT NULL,
             thread_id TEXT NOT NULL,
             user_id TEXT NOT NULL,
             role TEXT NOT NULL,
             text TEXT NOT NULL,
             created_at DOUBLE PRECISION NOT NULL,
             answers TEXT,
             UNIQUE (user_id, thread_id, message_id)
           )"""
    ),
    _table(
        """CREATE TABLE runs (
             run_id TEXT NOT NULL,
             message_id TEXT NOT NULL,
             thread_id TEXT NOT NULL,
             user_id TEXT NOT NULL,
             agent TEXT NOT NULL,
             state TEXT NOT NULL,
             created_at DOUBLE PRECISION NOT NULL,
             result TEXT,
             PRIMARY KEY (user_id, run_id)
           ){clustered}"""
    ),
)
