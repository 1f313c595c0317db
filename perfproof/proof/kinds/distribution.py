"""``kind = "distribution"``: a quantile of what a command measured stays under a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from perfproof.judge.quantiles import TooFewValuesError
from perfproof.proof.claim import Case, Claim, Finding, Terms
from perfproof.proof.doors import Ending
from perfproof.proof.judging import quantile_figure, quantile_lowest
from perfproof.proof.printed import (
    Printed,
    Ran,
    Values,
    command_of,
    missing,
    quoted,
    read_printed,
    trouble_of,
)
from perfproof.record import Interval, Limit, Outcome
from perfproof.record.quantity import parse_seconds, parse_share, show_share
from perfproof.record.sizes import parse_amount, show_amount

__all__ = ["DistributionClaim"]


class DistributionClaim(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Passed only when the whole interval of the quantile is under the limit.

    Values without ``groups`` must be independent of each other, as trials must; of those with, the
    groups must be, and the interval is as much wider as the values of a group hang together.

    Attributes:
        command: Program and arguments, run in the project's folder; ``{python}`` is the running
            interpreter. Its last line is ``{"figures": {NAME: {"unit", "values"}}, ...}``. Checks
            with the same command share one run of it.
        figure: Which of the figures that it prints.
        quantile: Such as ``95 %``.
        limit: In the figure's unit: a duration (``100 ms``), a size (``10 KiB``) or a number.
        timeout: The command is ended when it takes longer.
    """

    command: tuple[str, ...]
    figure: str
    quantile: str
    limit: str
    timeout: str = "60 s"

    def __post_init__(self) -> None:
        Claim.__post_init__(self)
        if not self.command or not all(self.command):
            raise ValueError("command needs a program, and no argument may be empty")
        if not self.figure.strip():
            raise ValueError("figure is empty: name one of the figures that the command prints")
        if not 0 < parse_share(self.quantile) < 1:
            raise ValueError("quantile must lie between 0 % and 100 %, as in '95 %'")
        parse_amount(self.limit)
        parse_seconds(self.timeout)

    def needs(self, ids: Sequence[str]) -> tuple[str, ...]:  # noqa: ARG002 - the kinds' contract
        """No benchmark: the command measures for itself."""
        return ()

    def examine(self, case: Case) -> Finding:
        """Run the command and hold the quantile against the limit."""
        system = case.session.header.system
        command = command_of(
            self.command, case.doors.root, system=system, timeout=self.timeout, figures=True
        )
        ending = case.doors.run_command(command)
        limit, unit = parse_amount(self.limit)
        finding = replace(self._found(ending, case.terms), limit=Limit("<", limit))
        ran = Ran(command=self.command, system=system, ending=ending)
        return replace(finding, ran=ran, unit=finding.unit or unit)

    def _found(self, ending: Ending, terms: Terms) -> Finding:
        trouble = trouble_of(ending, self.timeout)
        if trouble is not None:
            return Finding(outcome=Outcome.ERROR, reason=trouble)
        try:
            printed = read_printed(ending, named=True)
            assert isinstance(printed, Printed)
            if printed.skipped is not None:
                return Finding(outcome=Outcome.SKIPPED, reason=quoted(printed.skipped))
            measured = self._wanted(printed)
        except (msgspec.MsgspecError, LookupError) as exc:
            reason = f"the last line of its output is no such figure: {exc.args[0]}"
            return Finding(outcome=Outcome.ERROR, reason=reason)
        try:
            figure = quantile_figure(measured, parse_share(self.quantile), terms)
        except TooFewValuesError as exc:
            return self._one_sided(exc, measured, terms)
        outcome = self._outcome(figure)
        reason = self._reason(outcome, figure, measured.unit)
        return Finding(outcome=outcome, reason=reason, figure=figure, unit=measured.unit)

    def _wanted(self, printed: Printed) -> Values:
        if self.figure not in printed.figures:
            raise LookupError(missing(self.figure, printed.figures))
        measured = printed.figures[self.figure]
        _, unit = parse_amount(self.limit)
        if unit is not None and unit != measured.unit:
            raise LookupError(
                f"'{self.figure}' is in '{quoted(measured.unit)}', the limit {self.limit} in {unit}"
            )
        if unit is None and measured.unit in {"second", "byte"}:
            raise LookupError(
                f"'{self.figure}' is in {measured.unit}, the limit {self.limit} has no unit"
            )
        return measured

    def _outcome(self, figure: Interval) -> Outcome:
        limit, _ = parse_amount(self.limit)
        assert figure.low is not None
        assert figure.high is not None
        if figure.high < limit:
            return Outcome.PASSED
        return Outcome.FAILED if figure.low >= limit else Outcome.UNDECIDED

    def _reason(self, outcome: Outcome, figure: Interval, unit: str) -> str:
        low, high = show_amount(figure.low, unit), show_amount(figure.high, unit)
        # Of values in groups: as many independent ones weigh as much.
        seen = f"{self.quantile} of {figure.n} values are at most {low} to {high}"
        return {
            Outcome.PASSED: f"{seen}, all of it under {self.limit}",
            Outcome.FAILED: f"{seen}, none of it under {self.limit}",
            Outcome.UNDECIDED: f"{seen}, which holds {self.limit}; measure more values",
        }[outcome]

    def _one_sided(self, exc: TooFewValuesError, measured: Values, terms: Terms) -> Finding:
        """Too few values may still show that the limit was missed, never that it was met."""
        low = quantile_lowest(measured, parse_share(self.quantile), terms)
        if low is None or low < parse_amount(self.limit)[0]:
            return Finding(outcome=Outcome.UNDECIDED, reason=self._too_few(exc, measured, terms))
        at_least = show_amount(low, measured.unit)
        reason = f"{self.quantile} of {exc.values} values are {at_least} or more, over {self.limit}"
        return Finding(outcome=Outcome.FAILED, reason=reason, unit=measured.unit)

    def _too_few(self, exc: TooFewValuesError, measured: Values, terms: Terms) -> str:
        highest = show_amount(max(measured.values), measured.unit)
        return (
            f"{exc.values} values, the largest {highest}; too few for the {self.quantile} quantile"
            f" at {show_share(terms.level)} confidence: it takes {exc.needed} values"
        )
