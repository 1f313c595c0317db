"""Measure now: one session into one file, kept whatever happens."""

from __future__ import annotations

import argparse
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from perfproof import __version__
from perfproof.cli.allocating import AllocationPass, seconds_a_call
from perfproof.cli.project import Meant, find_meant, plan_of, system_of
from perfproof.configuration.settings import Project
from perfproof.errors import ResultFileError
from perfproof.measure.conduct import conduct
from perfproof.measure.machine import Machine, steal_share
from perfproof.measure.revision import read_commit
from perfproof.measure.selection import Selection
from perfproof.record import SCHEMA, Benchmark, Duel, Header, Plan, Sample, Session, Trouble
from perfproof.report.progress import Progress
from perfproof.store.journal import Journal, read_session

__all__ = [
    "Order",
    "kept_in_memory",
    "last_session",
    "measure",
    "measure_chosen",
    "nothing_measured",
    "sessions_folder",
]


@dataclass(frozen=True, slots=True)
class Order:
    """What to measure, how, and where the session goes.

    Attributes:
        meant: The benchmarks.
        plan: How each is measured.
        system: Module in the measured system's place, if one was named.
        output: The session's file; ``None`` draws a name in the project's own folder.
        quiet: No progress.
        beside: Puts more into the file before it is sealed: counts, say.
    """

    meant: Meant
    plan: Plan
    system: str | None = None
    output: Path | None = None
    quiet: bool = False
    beside: Callable[[Journal], None] | None = None


def measure(project: Project, order: Order) -> tuple[Session, Path]:
    """Measure; the session and the file it stands in.

    Ctrl-C and every failure leave the file with all that was measured, without its end record,
    so that it reads as not complete.
    """
    machine = Machine()
    header = _header(project, order, machine)
    path = order.output or _drawn_path(project, header)
    samples = order.plan.processes * len(order.meant.benchmarks)
    before, begun = machine.cpu_times(), time.monotonic()
    with Journal(path, header) as journal:
        with Progress(samples, quiet=order.quiet) as progress:
            told = _Told(progress, order.plan.processes)
            try:
                conduct(order.meant.chosen, order.plan, order.meant.surroundings, journal, told)
            except KeyboardInterrupt:
                progress.say(f"interrupted; {told.done} of {samples} samples are kept in {path}")
                raise
        elapsed = round(time.monotonic() - begun, 3)
        stolen = steal_share(before, machine.cpu_times())
        if order.beside is not None:
            order.beside(journal)
        journal.seal(elapsed_seconds=elapsed, steal_share=stolen)
    return read_session(path), path


def _count_beside(counting: AllocationPass, meant: Meant, journal: Journal) -> None:
    suites = [(suite, tuple(each.id for each in group)) for suite, group in meant.chosen.items()]
    seconds = seconds_a_call(read_session(journal.path).samples)
    for tally in counting.over(suites, {"base": meant.surroundings}, seconds):
        journal.append(tally)


def open_journal(project: Project, order: Order, duel: Duel) -> Journal:
    """A new file for a duel, its header written; not among the sessions of one version."""
    header = msgspec.structs.replace(_header(project, order, Machine()), duel=duel)
    folder = sessions_folder(project).with_name("duelled")
    folder.mkdir(exist_ok=True)
    return Journal(order.output or folder / _drawn_path(project, header).name, header)


def measure_chosen(
    project: Project,
    arguments: argparse.Namespace,
    selection: Selection,
    afterwards: AllocationPass | None = None,
) -> tuple[Session, Path]:
    """Measure what the command line chooses, as it says; the session and its file."""
    system = system_of(arguments)
    meant = find_meant(project, system, selection)
    output: Path | None = getattr(arguments, "output", None)
    plan = plan_of(project, arguments)
    beside = None if afterwards is None else partial(_count_beside, afterwards, meant)
    return measure(project, Order(meant, plan, system, output, arguments.quiet, beside))


def kept_in_memory(project: Project, order: Order) -> Session:
    """Measure without a file (`doctor`)."""
    kept = _Kept()
    conduct(order.meant.chosen, order.plan, order.meant.surroundings, kept, kept)
    return Session(
        header=_header(project, order, Machine()),
        benchmarks=tuple(kept.benchmarks),
        samples=tuple(kept.samples),
        troubles=tuple(kept.troubles),
        complete=True,
    )


def nothing_measured(project: Project, order: Order) -> Session:
    """A session with its header alone, for checks that need no benchmark."""
    return Session(header=_header(project, order, Machine()), complete=True)


def sessions_folder(project: Project) -> Path:
    """Where sessions go that no file was named for; it keeps itself out of version control."""
    folder = project.root / ".perfproof" / "sessions"
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder.parent / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")
    return folder


def last_session(project: Project) -> Path:
    """The newest session file in the project's own folder.

    Raises:
        ResultFileError: There is none.
    """
    files = sorted(sessions_folder(project).glob("*.jsonl"))
    if not files:
        raise ResultFileError(
            "no session was measured here yet", remedy="name a session file, or `perfproof run`"
        )
    return files[-1]


def _header(project: Project, order: Order, machine: Machine) -> Header:
    return Header(
        schema=SCHEMA,
        id=secrets.token_hex(16),
        started=datetime.now(UTC).isoformat(timespec="milliseconds"),
        tool_version=__version__,
        fingerprint=machine.fingerprint(),
        environment=machine.environment(),
        commit=read_commit(project.root),
        plan=order.plan,
        system=order.system,
    )


def _drawn_path(project: Project, header: Header) -> Path:
    # Sorts by time; no colon, which some file systems refuse.
    stamp = header.started[:23].replace(":", "").replace("-", "").replace(".", "")
    return sessions_folder(project) / f"{stamp}_{header.id[:8]}.jsonl"


class _Told:
    """Passes on how far the session is."""

    def __init__(self, progress: Progress, processes: int) -> None:
        self._progress = progress
        self._processes = processes
        self.done = 0

    def advanced(self, benchmark: str, process: int) -> None:
        self.done += 1
        self._progress.advanced(benchmark, process, self._processes)


@dataclass(slots=True)
class _Kept:
    """A sink that keeps records, and hears progress without passing it on."""

    benchmarks: list[Benchmark] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    def append(self, record: Benchmark | Sample | Trouble) -> None:
        if isinstance(record, Benchmark):
            self.benchmarks.append(record)
        elif isinstance(record, Sample):
            self.samples.append(record)
        else:
            self.troubles.append(record)

    def advanced(self, benchmark: str, process: int) -> None:
        """Nobody watches."""
