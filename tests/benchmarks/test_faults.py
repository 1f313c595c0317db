"""The fault run on the reference and on systems broken on purpose, for a few seconds each."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from benchmarks.faults.ledger import Ledger, Message, Stored, marked
from benchmarks.faults.pests import bad_tokens
from tests.benchmarks.commands import python

WORDS = ("-m", "benchmarks.faults", "--stores", "sqlite", "--minutes", "0.06", "--users", "4")


def run(*words: str, system: str | None = None) -> tuple[int, dict[str, Any], str]:
    done = python(*WORDS, *words, system=system)
    assert done.stdout, done.stderr
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return done.returncode, said, done.stderr


def only(*names: str) -> list[str]:
    return [word for name in names for word in ("--only", name)]


def message(number: int = 1) -> Message:
    return Message(
        message_id=f"m-{number}",
        user_id="user-1",
        thread_id="t-1",
        text=marked("user-1", "words"),
        run_ids=("a", "b", "c"),
        answered=True,
        events=[(run, sequence) for run in "abc" for sequence in range(1, 6)],
    )


def test_nothing_is_lost_while_the_server_is_killed_and_pestered() -> None:
    faults = ("server killed", "server stopped", "flood of connections", "expired token")
    code, said, errors = run(*only(*faults, "oversized message", "unmasked frame"))
    assert (code, said["problems"]) == (0, []), errors
    assert said["messages"]["answered"] > 0
    assert said["counts"]["acknowledged and lost"]["trials"] > 0
    assert all(said["done"][fault] for fault in faults)


def test_nothing_is_lost_when_two_nodes_lose_postgresql_and_redis() -> None:
    faults = ("PostgreSQL killed", "Redis killed", "server killed")
    done = python(*WORDS, "--stores", "full", *only(*faults))
    if done.returncode == 2:
        assert "no fault is called" not in done.stderr
        pytest.skip(done.stderr.strip())
    said = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, said["problems"]) == (0, []), done.stderr
    assert all(said["done"][fault] for fault in faults)
    assert said["counts"]["second connection hears too"]["trials"] > 0


def test_every_message_and_event_is_accounted_for_at_a_stated_rate() -> None:
    bad = ("vanishing client", "slow reader", "oversized message", "no JSON")
    code, said, errors = run("--rate", "30", *only(*bad))
    assert (code, said["problems"]) == (0, []), errors
    sent = said["messages"]
    ended = sent["answered"] + sent["ended by an error with reason"]
    assert sent["messages sent"] == ended + sent["cut off without an end"]
    assert said["counts"]["wrong user"]["trials"] > 0
    (events,) = said["events"].values()
    found = events["written"] + events["waiting"] + sum(events["dropped"].values())
    assert events["taken"] == found > 0


@pytest.mark.parametrize(
    ("system", "promise"),
    [
        ("benchmarks.sabotage.hasty_acknowledgement", "acknowledged and lost"),
        ("benchmarks.sabotage.misdelivered_event", "wrong user"),
        ("benchmarks.sabotage.uncounted_loss", "events accounted for"),
    ],
)
def test_a_sabotage_is_seen_by_its_promise(system: str, promise: str) -> None:
    code, said, errors = run(*only("vanishing client"), system=system)
    assert code == 1
    assert said["counts"][promise]["failures"] > 0
    assert promise in errors


def test_an_unknown_fault_is_refused_with_those_that_are_known() -> None:
    done = python(*WORDS, "--only", "earthquake")
    assert done.returncode == 2
    assert re.match(r"faults: no fault is called earthquake; known are server killed", done.stderr)


def test_a_message_that_was_kept_breaks_no_promise() -> None:
    ledger = Ledger()
    ledger.sent(whole := message())
    ledger.promise_end(whole)
    ledger.compare({"m-1": Stored(whole.text, answered=True)})
    assert ledger.tally.broken() == []
    assert ledger.tally.untested() == []


@pytest.mark.parametrize(
    ("stored", "broken"),
    [
        ({}, ["acknowledged and lost", "answered and lost"]),
        ({"m-1": Stored("other words", answered=True)}, ["acknowledged and lost"]),
        ({"m-1": Stored(marked("user-1", "words"), answered=False)}, ["answered and lost"]),
    ],
)
def test_what_the_database_lacks_is_a_loss(stored: dict[str, Stored], broken: list[str]) -> None:
    ledger = Ledger()
    ledger.sent(message())
    ledger.compare(stored)
    assert ledger.tally.broken() == broken


@pytest.mark.parametrize(
    "events",
    [
        [("a", 1), ("a", 2), ("a", 3), ("a", 4), ("a", 5)],
        [(run, sequence) for run in "abc" for sequence in (1, 2, 3, 5)],
        [(run, sequence) for run in "abc" for sequence in (1, 3, 2, 4, 5)],
        [(run, sequence) for run in "abcd" for sequence in range(1, 6)],
        [(run, sequence) for run in "aabc" for sequence in range(1, 6)],
    ],
    ids=["two runs missing", "a gap", "out of order", "a fourth run", "twice"],
)
def test_an_answer_without_its_fifteen_events_in_order_is_broken(
    events: list[tuple[str, int]],
) -> None:
    ledger = Ledger()
    odd = message()
    odd.events = events
    ledger.promise_end(odd)
    assert ledger.tally.broken() == ["events of an answer"]


def test_silence_on_an_open_connection_is_broken_and_on_a_cut_one_is_not() -> None:
    ledger = Ledger()
    silent, cut = message(), message(2)
    for each in (silent, cut):
        each.answered = False
    cut.undisturbed = False
    ledger.promise_end(cut)
    assert ledger.tally.broken() == []
    ledger.promise_end(silent)
    assert ledger.tally.broken() == ["message without end"]


@pytest.mark.parametrize(
    "frame",
    [
        b'{"type":"agent_started","user_id":"user-2"}',
        b'{"type":"answer","text":"You said: words marker-user-2-end"}',
    ],
)
def test_what_belongs_to_another_user_is_seen(frame: bytes) -> None:
    ledger = Ledger()
    ledger.received("user-1", b'{"type":"agent_started","user_id":"user-1"}')
    assert ledger.tally.broken() == []
    ledger.received("user-1", frame)
    assert ledger.tally.broken() == ["wrong user"]


def test_every_bad_token_is_another_one() -> None:
    tokens = bad_tokens("a secret that is long enough for it", "golden-path")
    assert len(set(tokens.values())) == len(tokens) >= 6
