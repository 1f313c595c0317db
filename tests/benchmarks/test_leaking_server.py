"""The command that repeats conversations against a real server, in a short run."""

from __future__ import annotations

import msgspec
import pytest

from perfproof.record import LeakReport, LeakVerdict
from tests.benchmarks.commands import python

pytest.importorskip("picows")


@pytest.mark.long
def test_conversations_are_counted_and_the_server_is_looked_at_from_outside() -> None:
    done = python("-m", "benchmarks.leaking", "--conversations", "600")
    assert done.returncode == 0, done.stdout + done.stderr
    report = msgspec.json.decode(done.stdout.splitlines()[-1], type=LeakReport)
    (result,) = report.results
    assert report.troubles == ()
    assert result.operations >= 200
    # So few conversations only begin to fill what the server remembers up to a bound.
    assert result.verdict is LeakVerdict.UNDECIDED
    assert "warm-up" in str(result.reason)
    for kept in ("native", "socket", "descriptor", "thread"):
        assert f"\n{kept}: " in done.stdout


@pytest.mark.long
@pytest.mark.parametrize(
    ("system", "verdict", "status"),
    [
        ("small_server", LeakVerdict.FREE, 0),
        ("small_leaking_server", LeakVerdict.LEAK, 1),
    ],
)
def test_a_server_that_keeps_its_connections_is_found_and_the_same_without_is_free(
    system: str, verdict: LeakVerdict, status: int
) -> None:
    words = ("--conversations", "3000", "--warm", "1200", "--bound", "100")
    done = python("-m", "benchmarks.leaking", *words, system=f"tests.leak_samples.{system}")
    assert done.returncode == status, done.stdout + done.stderr
    (result,) = msgspec.json.decode(done.stdout.splitlines()[-1], type=LeakReport).results
    assert result.verdict is verdict, done.stdout
    assert [each.kept for each in result.leaks] == (["memory"] if status else [])


def test_a_system_that_cannot_be_served_is_one_sentence() -> None:
    done = python("-m", "benchmarks.leaking", "--system", "no.such.module")
    assert done.returncode == 2
    assert "no" in done.stderr
    assert done.stderr.count("\n") == 1
