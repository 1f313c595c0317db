"""``kind = "leak_free"``: what is repeated in growing rounds keeps nothing of an operation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from perfproof.proof.claim import Case, Claim, Finding
from perfproof.proof.doors import Ending
from perfproof.proof.printed import PYTHON, Ran, command_of, quoted, trouble_of
from perfproof.record import Leak, LeakReport, LeakResult, LeakVerdict, Limit, Outcome
from perfproof.record.quantity import parse_seconds
from perfproof.report.leaks import leak_sentence

__all__ = ["LeakFreeClaim"]

_LEAKS = (PYTHON, "-m", "perfproof", "leaks", "--quiet", "--json")


class LeakFreeClaim(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Passed only when every benchmark was looked at and none leaks or is in doubt.

    Attributes:
        benchmarks: Ids, files or folders, as ``perfproof leaks`` takes them.
        command: Another command whose last line is such a report, instead of ``benchmarks``.
        timeout: The command is ended when it takes longer.
    """

    benchmarks: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    timeout: str = "120 s"

    def __post_init__(self) -> None:
        Claim.__post_init__(self)
        if bool(self.benchmarks) == bool(self.command):
            raise ValueError("either benchmarks or command says what is looked at, one of them")
        if not all((*self.benchmarks, *self.command)):
            raise ValueError("a word of benchmarks or command is empty")
        if any(each.startswith("-") for each in self.benchmarks):
            raise ValueError("benchmarks holds ids, and no options")
        parse_seconds(self.timeout)

    def needs(self, ids: Sequence[str]) -> tuple[str, ...]:  # noqa: ARG002 - the kinds' contract
        """No benchmark: times do not tell."""
        return ()

    def examine(self, case: Case) -> Finding:
        """Run the command and read its report."""
        words = self.command or (*_LEAKS, *self.benchmarks)
        system = case.session.header.system
        command = command_of(
            words, case.doors.root, system=system, timeout=self.timeout, figures=True
        )
        ending = case.doors.run_command(command)
        ran = Ran(command=words, system=system, ending=ending)
        return replace(self._found(ending), ran=ran)

    def _found(self, ending: Ending) -> Finding:
        # 1 says that something leaks, which the report tells better.
        as_it_should = ending.status in (0, 1)
        trouble = trouble_of(replace(ending, status=0) if as_it_should else ending, self.timeout)
        if trouble is not None:
            return Finding(outcome=Outcome.ERROR, reason=trouble)
        lines = [line for line in ending.output.splitlines() if line.strip()]
        try:
            report = msgspec.json.decode(lines[-1], type=LeakReport)
        except msgspec.MsgspecError as exc:
            reason = f"the last line of its output is no report of leaks: {exc}"
            return Finding(outcome=Outcome.ERROR, reason=reason)
        return _finding(report)


def _finding(report: LeakReport) -> Finding:
    if report.skipped is not None:
        return Finding(outcome=Outcome.SKIPPED, reason=quoted(report.skipped))
    for verdict, outcome in (
        (LeakVerdict.LEAK, Outcome.FAILED),
        (LeakVerdict.UNDECIDED, Outcome.UNDECIDED),
    ):
        for result in report.results:
            if result.verdict is verdict:
                return _told(result, outcome)
        if verdict is LeakVerdict.LEAK and report.troubles:
            return Finding(outcome=Outcome.ERROR, reason=quoted(report.troubles[0]))
    if not report.results:
        return Finding(outcome=Outcome.ERROR, reason="nothing was looked at")
    operations = sum(each.operations for each in report.results)
    count = len(report.results)
    return Finding(
        outcome=Outcome.PASSED,
        reason=f"{count} benchmarks kept nothing in {operations:,} operations",
    )


def _told(result: LeakResult, outcome: Outcome) -> Finding:
    if not result.leaks:
        reason = quoted(f"{result.benchmark}: {result.reason or result.verdict}")
        return Finding(outcome=outcome, reason=reason)
    leak = result.leaks[0]
    return Finding(
        outcome=outcome,
        reason=quoted(f"{result.benchmark} keeps {leak_sentence(leak)}"),
        figure=leak.size if leak.size is not None else leak.objects,
        unit=_unit(leak),
        limit=Limit("<=", 0.0),
    )


def _unit(leak: Leak) -> str:
    return "bytes an operation" if leak.size is not None else f"{leak.kept}s an operation"
