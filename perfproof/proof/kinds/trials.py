"""``kind = "trials"``: a command tries something many times and counts what failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from perfproof.proof.claim import Case, Claim, Finding, Terms
from perfproof.proof.doors import Ending
from perfproof.proof.judging import failure_rate, trials_needed
from perfproof.proof.printed import (
    PYTHON,
    Counted,
    Printed,
    Ran,
    command_of,
    missing,
    quoted,
    read_printed,
    trouble_of,
)
from perfproof.record import Interval, Limit, Outcome
from perfproof.record.quantity import parse_seconds, parse_share, show_share

__all__ = ["PYTHON", "Counted", "TrialsClaim"]


class TrialsClaim(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Passed only when few enough failed and the interval's upper end is at or under the limit.

    Attributes:
        command: Program and arguments, run in the project's folder; ``{python}`` is the running
            interpreter.
        limit: Highest failure rate that is allowed, such as ``0.1 %``.
        max_failures: Failures that are allowed at all.
        timeout: The command is ended when it takes longer.
        count: Which of several counts that the command prints by name; without it the command
            prints a single one. Checks with the same command share one run of it.
    """

    command: tuple[str, ...]
    limit: str
    max_failures: int = 0
    timeout: str = "60 s"
    count: str | None = None

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
        if self.count is not None and not self.count.strip():
            raise ValueError("count is empty: name one of the counts that the command prints")
        parse_seconds(self.timeout)

    def needs(self, ids: Sequence[str]) -> tuple[str, ...]:  # noqa: ARG002 - the kinds' contract
        """No benchmark: the command measures for itself."""
        return ()

    def examine(self, case: Case) -> Finding:
        """Run the command and judge what it counted."""
        system = case.session.header.system
        named = self.count is not None
        ending = case.doors.run_command(
            command_of(
                self.command,
                case.doors.root,
                system=system,
                timeout=self.timeout,
                figures=named,
            )
        )
        finding = self._found(ending, case.terms)
        ran = Ran(command=self.command, system=system, ending=ending)
        return replace(finding, ran=ran, limit=Limit("<=", parse_share(self.limit)))

    def _found(self, ending: Ending, terms: Terms) -> Finding:
        trouble = trouble_of(ending, self.timeout)
        if trouble is not None:
            return Finding(outcome=Outcome.ERROR, reason=trouble, unit="share")
        try:
            counted = self._wanted(read_printed(ending, named=self.count is not None))
        except (msgspec.MsgspecError, LookupError) as exc:
            reason = f"the last line of its output is no count of trials: {exc.args[0]}"
            return Finding(outcome=Outcome.ERROR, reason=reason, unit="share")
        if isinstance(counted, str):
            return Finding(outcome=Outcome.SKIPPED, reason=quoted(counted), unit="share")
        rate = failure_rate(counted.failures, counted.trials, terms)
        outcome = self._outcome(counted, rate, parse_share(self.limit))
        reason = self._reason(outcome, counted, terms)
        return Finding(outcome=outcome, reason=reason, figure=rate, unit="share")

    def _wanted(self, printed: Printed | Counted) -> Counted | str:
        """The count that is meant, or why it was skipped."""
        if isinstance(printed, Counted):
            return printed
        if printed.skipped is not None:
            return printed.skipped
        assert self.count is not None
        if self.count not in printed.counts:
            raise LookupError(missing(self.count, printed.counts))
        return printed.counts[self.count]

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
            first = f"; the first: {quoted(counted.example)}" if counted.example else ""
            return f"{seen}, allowed are {self.max_failures} and a rate of {self.limit}{first}"
        needed = trials_needed(counted.failures, highest, terms)
        wanted = "no number of trials would do" if needed is None else f"it takes {needed} trials"
        return f"{seen}; too few trials to show a rate of at most {self.limit}: {wanted}"


def _percent(level: float) -> str:
    return f"{show_share(level)} confidence"
