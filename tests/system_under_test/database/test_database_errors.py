from __future__ import annotations

import builtins
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

import system_under_test
from system_under_test.database import errors
from system_under_test.database.errors import (
    DatabaseUrlError,
    DeadlockError,
    TransactionError,
)
from system_under_test.errors import BackendError
from system_under_test.registry import SHADOWS, resolve


def tree(root: type[BackendError] = TransactionError) -> list[type[TransactionError]]:
    """The error and all below it."""
    below = [each for child in root.__subclasses__() for each in tree(child)]
    return [root, *below]  # type: ignore[list-item]


SENTENCES: list[tuple[BackendError, str]] = [
    (
        DatabaseUrlError("mysql", "only SQLite and PostgreSQL are known"),
        "no database can be opened by a URL that begins with 'mysql': only SQLite and PostgreSQL "
        "are known; use sqlite:///relative/path, sqlite:////absolute/path or "
        "postgresql://user@host/database",
    ),
    (
        TransactionError("committing"),
        "the database failed in a way that is not known here while committing; "
        "look at the cause of this error",
    ),
    (
        DeadlockError("ending a run", "40P01"),
        "two transactions waited for one another and this one was ended (40P01) "
        "while ending a run; do the whole transaction again",
    ),
    (
        errors.ConnectionError("adding a message"),
        "the connection to the database was lost or could not be made while adding a message; "
        "see that the server runs and can be reached, and try again",
    ),
    (
        errors.TimeoutError("reading messages", "57014"),
        "a statement ran longer than it may (57014) while reading messages; "
        "ask for less at once, or try again when the database has less to do",
    ),
]


def unknown() -> TransactionError:
    error = errors.ConnectionError("committing", "08003")
    error.outcome_unknown = True
    return error


@pytest.mark.parametrize(("error", "sentence"), SENTENCES)
def test_an_error_says_what_where_and_what_next(error: BackendError, sentence: str) -> None:
    assert str(error) == sentence


def test_a_lost_commit_says_that_nobody_knows() -> None:
    assert str(unknown()) == (
        "the connection to the database was lost or could not be made (08003) while committing: "
        "whether the transaction was kept is unknown; look for its records, or repeat it only if "
        "it is safe to repeat"
    )


@pytest.mark.parametrize("kind", tree(), ids=lambda kind: kind.__name__)
def test_every_kind_has_a_sentence_of_its_own_and_survives_the_way_between_processes(
    kind: type[TransactionError],
) -> None:
    sentences = {str(each("working")) for each in tree()}
    assert len(sentences) == len(tree())
    error = kind("working", "12345")
    assert error.retryable is kind.retry_helps
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), vars(again), str(again)) == (kind, vars(error), str(error))


def test_the_unknown_outcome_survives_too() -> None:
    assert pickle.loads(pickle.dumps(unknown())).outcome_unknown is True


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    told = re.findall(r"[├└]── (\w+)", str(errors.__doc__))
    assert sorted(told) == sorted([*(each.__name__ for each in tree()), "DatabaseUrlError"])


def test_a_star_import_leaves_the_built_ins_alone() -> None:
    program = """
from system_under_test import *
from system_under_test.database.errors import *
import builtins
assert ConnectionError is builtins.ConnectionError
assert TimeoutError is builtins.TimeoutError
assert DeadlockError.__module__ == "system_under_test.database.errors"
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(system_under_test.__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(SHADOWS))
def test_the_documents_names_are_there_for_who_asks_by_name(name: str) -> None:
    ours = getattr(errors, name)
    assert issubclass(ours, TransactionError)
    assert getattr(system_under_test, name) is resolve(name) is ours
    assert ours is not getattr(builtins, name)
    assert name not in errors.__all__
    assert name not in system_under_test.__all__


def test_every_other_error_of_the_tree_is_in_the_star_import() -> None:
    assert {each.__name__ for each in tree()} | {"DatabaseUrlError"} == {*errors.__all__} | SHADOWS
