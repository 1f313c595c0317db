"""``kind = "trials"``: a command tries something many times and counts what failed."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import msgspec

from perfproof.proof.claim import Case, Claim, Finding, Terms
from perfproof.proof.doors import Command, Ending
from perfproof.proof.judging import failure_rate, trials_needed
from perfproof.record import Interval, Limit, Outcome
from perfproof.record.quantity import parse_seconds, parse_share, show_share

__all__ = ["PYTHON", "Counted", "TrialsClaim"]

# Characters of a foreign text that a reason quotes.
_MOST_SAID = 400

PYTHON = "{python}"
"""Stands in a command for the interpreter that runs perfproof."""


class Counted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last line that a command of trials prints, as JSON.

    Attributes:
        trials: Things tried, at least 1; they must be independent of each other.
        failures: How many of them failed.
        example: The first that failed, in a few words.
    """

    trials: int
    failures: int
    example: str | None = None

    def __post_init__(self) -> None:
        if self.trials < 1:
            raise ValueError("trials is 0: nothing was tried")
        if not 0 <= self.failures <= self.trials:
            raise ValueError(f"failures is {self.failures} of {self.trials} trials")


class TrialsClaim(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Passed only when few enough failed and the interval's upper end is at or under the limit.

    Attributes:
        command: Program and arguments, run in the project's folder; ``{python}`` is the running
            interpreter.
        limit: Highest failure rate that is allowed, such as ``0.1 %``.
        max_failures: Failures that are allowed at all.
        timeout: The command is ended when it takes longer.
    """

    command: tuple[str, ...]
    limit: str
    max_failures: int = 0
    timeout: str = "60 s"

    def __post_init__(self) -> None:
        Claim.__post_init__(self)
        if not self.command or not all(self.command):
            raise ValueError("command needs a program, and no argument may be empty")
        if not 0 < parse_share(self.limit) < 1:
            raise ValueError(
                "limit must lie between 0 % and 100 %: no number of trials shows a rate of 0"
            )
        if self.max_failures < 0:
            raise ValueError("max_failures must not be negative")
        parse_seconds(self.timeout)

    def needs(self, ids: Sequence[str]) -> tuple[str, ...]:  # noqa: ARG002 - the kinds' contract
        """No benchmark: the command measures for itself."""
        return ()

    def examine(self, case: Case) -> Finding:
        """Run the command and judge what it counted."""
        ending = case.doors.run_command(
            Command(
                arguments=tuple(sys.executable if a == PYTHON else a for a in self.command),
                folder=case.doors.root,
                system=case.session.header.system,
                timeout_seconds=parse_seconds(self.timeout),
            )
        )
        limit = Limit("<=", parse_share(self.limit))
        trouble = self._trouble(ending)
        if trouble is not None:
            return Finding(outcome=Outcome.ERROR, reason=trouble, unit="share", limit=limit)
        try:
            counted = msgspec.json.decode(_last_line(ending.output), type=Counted)
        except msgspec.MsgspecError as exc:
            reason = f"the last line of its output is no count of trials: {exc}"
            return Finding(outcome=Outcome.ERROR, reason=reason, unit="share", limit=limit)
        rate = failure_rate(counted.failures, counted.trials, case.terms)
        outcome = self._outcome(counted, rate, limit.value)
        reason = self._reason(outcome, counted, case.terms)
        return Finding(outcome=outcome, reason=reason, figure=rate, unit="share", limit=limit)

    def _trouble(self, ending: Ending) -> str | None:
        said = _last_line(ending.errors)[:_MOST_SAID]
        said = f"; its last words: {said}" if said else ""
        if ending.status is None:
            return f"the command took longer than {self.timeout} and was ended{said}"
        if ending.status < 0:
            return f"the command was ended by signal {-ending.status}{said}"
        if ending.status > 0:
            return f"the command ended with exit status {ending.status}{said}"
        if not _last_line(ending.output):
            return f"the command printed nothing{said}"
        return None

    def _outcome(self, counted: Counted, rate: Interval, highest: float) -> Outcome:
        if counted.failures > self.max_failures:
            return Outcome.FAILED
        if rate.low is not None and rate.low > highest:
            return Outcome.FAILED
        if rate.high is not None and rate.high <= highest:
            return Outcome.PASSED
        return Outcome.UNDECIDED

    def _reason(self, outcome: Outcome, counted: Counted, terms: Terms) -> str:
        seen = f"{counted.failures} of {counted.trials} trials failed"
        highest = parse_share(self.limit)
        if outcome is Outcome.PASSED:
            return f"{seen}, so the true rate is at most {self.limit} at {_percent(terms.level)}"
        if outcome is Outcome.FAILED:
            first = f"; the first: {counted.example[:_MOST_SAID]}" if counted.example else ""
            return f"{seen}, allowed are {self.max_failures} and a rate of {self.limit}{first}"
        needed = trials_needed(counted.failures, highest, terms)
        wanted = "no number of trials would do" if needed is None else f"it takes {needed} trials"
        return f"{seen}; too few trials to show a rate of at most {self.limit}: {wanted}"


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""


def _percent(level: float) -> str:
    return f"{show_share(level)} confidence"
