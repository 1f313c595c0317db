"""Commands from the configuration as benchmarks: a call is one run, from its start to its end."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from time import perf_counter_ns
from typing import IO

from perfproof.configuration.commands import PYTHON, CommandEntry
from perfproof.measure.accounting import peak_rss_bytes
from perfproof.measure.blocks import Subject, serve
from perfproof.measure.channel import Begin, Channel, Entered, Found, Left, sayable
from perfproof.record import Benchmark

__all__ = ["FOLDER", "walk_commands"]

FOLDER = "command"
"""Stands in ids where benchmarks of suites have their file."""


def walk_commands(channel: Channel, begin: Begin) -> None:
    """Stop at each command that is asked for."""
    by_id = {f"{FOLDER}::{each.name}": each for each in begin.commands}
    for name in begin.ids or tuple(by_id):
        if name not in by_id:
            continue
        benchmark = _described(name, by_id[name])
        if begin.task == "list":
            channel.send(Found(benchmark=benchmark))
            continue
        channel.send(Entered(benchmark=name))
        channel.send(_measured(channel, benchmark, by_id[name]))


def _described(name: str, entry: CommandEntry) -> Benchmark:
    words = "\0".join((*entry.command, str(entry.expect_exit), entry.output))
    return Benchmark(
        id=name,
        name=entry.name,
        runner="command",
        source_hash=hashlib.sha256(os.fsencode(words)).hexdigest()[:16],
    )


def _measured(channel: Channel, benchmark: Benchmark, entry: CommandEntry) -> Left:
    runs = _Runs(entry)
    try:
        serve(
            channel,
            Subject(
                benchmark=benchmark,
                time_block=runs.time_block,
                peak_bytes=lambda: runs.peak_bytes,
                output_hash=runs.written() if entry.output == "same" else None,
                elsewhere=True,
            ),
        )
    except (_RunError, OSError) as exc:
        return Left(benchmark=benchmark.id, trouble="failed", reason=sayable(str(exc)))
    return Left(benchmark=benchmark.id)


class _RunError(Exception):
    """A run did not end as it must."""


class _Runs:
    """Runs one command again and again.

    Attributes:
        peak_bytes: Largest resident size of any run so far.
    """

    def __init__(self, entry: CommandEntry) -> None:
        self._entry = entry
        self._words = [sys.executable if each == PYTHON else each for each in entry.command]
        self.peak_bytes: int | None = None

    def time_block(self, calls: int) -> int:
        """Nanoseconds of so many runs, output thrown away."""
        return sum(self._one(subprocess.DEVNULL) for _ in range(calls))

    def written(self) -> str:
        """Hash of what it writes to standard output.

        Raises:
            _RunError: Two runs wrote different things.
        """
        first, second = self._hash(), self._hash()
        if first != second:
            raise _RunError(
                'its output changes from run to run; if it may, set output = "may differ"'
            )
        return first

    def _hash(self) -> str:
        with tempfile.TemporaryFile() as output:
            self._one(output.fileno())
            output.seek(0)
            return hashlib.file_digest(output, "sha256").hexdigest()[:16]

    def _one(self, stdout: int) -> int:
        with tempfile.TemporaryFile() as errors:
            start = perf_counter_ns()
            process = subprocess.Popen(
                self._words, stdin=subprocess.DEVNULL, stdout=stdout, stderr=errors
            )
            status, peak_bytes = self._end_of(process)
            elapsed = perf_counter_ns() - start
            if status != self._entry.expect_exit:
                raise _RunError(
                    f"ended with {status} instead of {self._entry.expect_exit}{_last_line(errors)}"
                )
        if peak_bytes is not None:
            self.peak_bytes = max(self.peak_bytes or 0, peak_bytes)
        return elapsed

    def _end_of(self, process: subprocess.Popen[bytes]) -> tuple[int, int | None]:
        """Exit status (negative for a signal) and largest resident size.

        Raises:
            _RunError: It took longer than it may.
        """
        if not hasattr(os, "wait4"):
            return process.wait(self._entry.timeout_seconds), None
        with _alarm(self._entry.timeout_seconds):
            try:
                _, status, usage = os.wait4(process.pid, 0)
            except TimeoutError as exc:
                process.kill()
                process.wait()
                raise _RunError(f"took longer than {self._entry.timeout_seconds:g} s") from exc
        # Popen shall not wait for what is gone.
        process.returncode = os.waitstatus_to_exitcode(status)
        # Linux counts KiB, macOS bytes.
        peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        # A process inherits the peak of the one that started it: one below ours is not known.
        ours = peak_rss_bytes()
        return process.returncode, peak if ours is None or peak > ours else None


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the main thread after so long."""

    def late(_number: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _last_line(errors: IO[bytes]) -> str:
    errors.seek(0, os.SEEK_END)
    errors.seek(max(0, errors.tell() - 4000))
    lines: Sequence[str] = errors.read().decode(errors="replace").split("\n")
    said = [each.strip() for each in lines if each.strip()]
    return f": {said[-1][:300]}" if said else ""
