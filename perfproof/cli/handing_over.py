"""What a CI system takes: Markdown for the summary of a job, JUnit XML, a line of JSON."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from perfproof.errors import ExitCode, UseError
from perfproof.record import Comparisons, Trouble
from perfproof.record.reported import REPORT_SCHEMA, ComparisonReport
from perfproof.report import comparison_markdown, trouble_markdown
from perfproof.report.junit import comparison_cases, junit_xml
from perfproof.store.placing import place

__all__ = ["Handover", "handover_of"]


@dataclass(slots=True, kw_only=True)
class Handover:
    """Where what was said goes, beside the terminal.

    A baseline's stored numbers may be compared first and what they leave undecided by duel, so
    several comparisons may come; of a benchmark the last word counts.

    Attributes:
        summary: Markdown is added at its end, as several jobs may share the file.
        junit: Replaced whole.
        json: Whether a line of JSON ends the output.
    """

    summary: Path | None = None
    junit: Path | None = None
    json: bool = False
    _taken: list[tuple[Comparisons, tuple[Trouble, ...]]] = field(default_factory=list)
    _seconds: float = 0.0

    def take(
        self,
        comparisons: Comparisons,
        troubles: Iterable[Trouble],
        *,
        seconds: float | None = None,
    ) -> None:
        """Remember what was said, with the wall time of the measuring where it is known."""
        self._taken.append((comparisons, tuple(troubles)))
        self._seconds += seconds or 0.0

    def give(self, code: ExitCode) -> None:
        """Hand over what was taken, and what the command ends with.

        Raises:
            UseError: A file cannot be written.
        """
        if self.summary is not None:
            _append(self.summary, "\n".join(_summary(*each) for each in self._taken))
        if self.junit is not None:
            last = {case.key: case for each in self._taken for case in comparison_cases(*each)}
            title = " and ".join(dict.fromkeys(_title(each) for each, _ in self._taken))
            content = junit_xml(title, [*last.values()], seconds=self._seconds or None)
            place(content, self.junit, replace=True)
        if self.json:
            report = ComparisonReport(
                schema=REPORT_SCHEMA,
                comparisons=tuple(each for each, _ in self._taken),
                troubles=tuple(each for _, troubles in self._taken for each in troubles),
                exit_code=int(code),
            )
            print(msgspec.json.encode(report).decode())


def handover_of(arguments: argparse.Namespace) -> Handover:
    """What the options ask for; a place that takes no file is refused before anything is measured.

    Raises:
        UseError: Its folder is not there or may not be written, or it is a folder itself.
    """
    for path in (arguments.summary, arguments.junit):
        if path is not None and (path.is_dir() or not os.access(path.parent, os.W_OK)):
            raise UseError(
                "no file can be written there",
                where=str(path),
                remedy="name a file in a folder that exists",
            )
    return Handover(summary=arguments.summary, junit=arguments.junit, json=arguments.json)


def _title(comparisons: Comparisons) -> str:
    return f"{comparisons.head} against {comparisons.base}"


def _summary(comparisons: Comparisons, troubles: Sequence[Trouble]) -> str:
    return comparison_markdown(comparisons) + trouble_markdown(troubles)


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as exc:
        raise UseError(
            f"cannot be written: {exc.strerror or exc}",
            where=str(path),
            remedy="make room or choose another place",
        ) from exc
