"""How far a session is: a bar on a terminal, a line every ten seconds in a log.

The time that is left is what the samples so far took, times the samples to come: benchmarks take
turns in every process, so the first process already holds one of each.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TextColumn
from rich.progress import Progress as RichProgress
from rich.text import Text

from perfproof.report.visible import shorten_middle, visible

__all__ = ["Course", "Progress", "show_left"]

_LINE_EVERY_SECONDS = 10.0
_NAME_WIDTH = 36


class Course:
    """Counts samples and says what is left; shows nothing."""

    def __init__(self, total_samples: int, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begun = clock()
        self.done = 0
        self.total = total_samples

    @property
    def elapsed_seconds(self) -> float:
        """Since the start."""
        return self._clock() - self._begun

    @property
    def left_seconds(self) -> float | None:
        """What is still to come; ``None`` before the first sample."""
        if not self.done:
            return None
        # More samples than were foreseen must not make it negative.
        return self.elapsed_seconds / self.done * max(0, self.total - self.done)


class _Display(Protocol):
    def begin(self) -> None: ...

    def step(self, where: str) -> None: ...

    def end(self) -> None: ...


class Progress:
    """Told after every sample; a context, so that the terminal is left as it was.

    Args:
        total_samples: Benchmarks times processes.
        quiet: Show nothing.
        processes: Fresh processes of each benchmark, for "process 3 of 10".
        console: Where it is shown; the stream of messages, not of results, unless said otherwise.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        total_samples: int,
        *,
        quiet: bool = False,
        processes: int | None = None,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = Console(stderr=True) if console is None else console
        self._course = Course(total_samples, clock)
        self._processes = processes
        self._display = _display(self._console, self._course, quiet=quiet)

    @property
    def done(self) -> int:
        """Samples so far."""
        return self._course.done

    def advanced(self, benchmark: str, process: int, processes: int | None = None) -> None:
        """A benchmark is done with in a process, counted from 0."""
        self._course.done += 1
        count = processes or self._processes
        name = shorten_middle(visible(benchmark), _NAME_WIDTH)
        self._display.step(f"{name}  process {process + 1}{f' of {count}' if count else ''}")

    def say(self, line: str) -> None:
        """Show a line of its own, also when quiet: it is a message, not progress."""
        self._console.print(Text(visible(line, most=2000)), soft_wrap=True, highlight=False)

    def __enter__(self) -> Self:
        self._display.begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._display.end()


def show_left(seconds: float | None) -> str:
    """Time left as a person says it: ``4 min 05 s left``."""
    if seconds is None:
        return "time left not known yet"
    if seconds < 59.5:
        return f"{seconds:.0f} s left"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min left" if hours else f"{minutes} min {rest:02} s left"


def _display(console: Console, course: Course, *, quiet: bool) -> _Display:
    if quiet:
        return _Nothing()
    return _Bar(console, course) if console.is_terminal else _Lines(console, course)


class _Nothing:
    def begin(self) -> None:
        pass

    def step(self, where: str) -> None:
        pass

    def end(self) -> None:
        pass


class _Lines(_Nothing):
    """For logs: whole lines, few of them, nothing that moves."""

    def __init__(self, console: Console, course: Course) -> None:
        self._console = console
        self._course = course
        self._next_seconds = _LINE_EVERY_SECONDS

    def step(self, where: str) -> None:
        course = self._course
        elapsed = course.elapsed_seconds
        if elapsed < self._next_seconds:
            return
        self._next_seconds = elapsed + _LINE_EVERY_SECONDS
        line = f"{course.done}/{course.total} samples, {show_left(course.left_seconds)}: {where}"
        self._console.print(Text(line), soft_wrap=True, highlight=False)


class _Left(ProgressColumn):
    def __init__(self, course: Course) -> None:
        super().__init__()
        self._course = course

    def render(self, task: Task) -> Text:  # noqa: ARG002 - rich's contract
        return Text(show_left(self._course.left_seconds), style="cyan")


class _Bar:
    """For a terminal: one line that moves, and is gone at the end."""

    def __init__(self, console: Console, course: Course) -> None:
        self._course = course
        self._shown = RichProgress(
            BarColumn(bar_width=12),
            TextColumn("{task.completed}/{task.total}"),
            _Left(course),
            # Text, not markup: a benchmark called "[red]" keeps its name and its colour.
            TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
            # Drawing takes CPU time from a core that may be measured on.
            refresh_per_second=2,
        )
        self._task = self._shown.add_task("starting", total=course.total)

    def begin(self) -> None:
        self._shown.start()

    def step(self, where: str) -> None:
        self._shown.update(self._task, completed=self._course.done, description=where)

    def end(self) -> None:
        self._shown.stop()
