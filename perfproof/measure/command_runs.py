"""One program, run again and again: how it must end, and what each run uses."""

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

__all__ = ["RunError", "Runs"]

_WEIGHS = """
import os, signal, sys
tell, words = int(sys.argv[1]), sys.argv[2:]
os.set_inheritable(tell, False)
child, nothing = 0, [os.devnull]

def run(words):
    global child
    child = os.fork()
    if not child:
        try:
            for each in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM):
                signal.signal(each, signal.SIG_DFL)
            os.execvp(words[0], words)
        except OSError as exc:
            if words is not nothing:
                os.write(tell, f"{exc.errno}\\n".encode())
        finally:
            os._exit(0)
    return os.wait4(child, 0)[1:]

signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGKILL))
_, bare = run(nothing)
status, usage = run(words)
os.write(tell, f"{status} {usage.ru_maxrss} {bare.ru_maxrss}\\n".encode())
"""
"""A small process between us and the program. The kernel gives a program the peak of the process
that started it: that of a worker, with what it has imported, would hide most programs. What a
child has that can start nothing says below which size nothing can be told."""

_TOLD = 1.1
"""Times the size of that child (some 7 MB): one that starts something touches some pages more."""


class RunError(Exception):
    """A run did not end as it must."""


class Runs:
    """Runs one program as often as is asked; its output is thrown away.

    Args:
        words: Program and arguments.
        expect_exit: Status that each run must end with; ``None`` where nobody asks for one but 0.
        timeout_seconds: A run that takes longer is ended; ``None`` lets it.

    Attributes:
        cpu_ns: CPU time of all timed runs so far, in all their threads and in the processes that
            they started and waited for.
        peak_bytes: Largest resident size of any weighed run, or of a process that it waited for;
            ``None`` where it is too small to be told, or the system does not tell.
    """

    def __init__(
        self,
        words: Sequence[str],
        *,
        expect_exit: int | None = None,
        timeout_seconds: float | None = None,
    ) -> None:
        self._words = list(words)
        self._expect_exit = expect_exit
        self._timeout_seconds = timeout_seconds
        self.cpu_ns = 0
        self.peak_bytes: int | None = None

    def time_block(self, calls: int) -> int:
        """Nanoseconds of so many runs.

        Raises:
            RunError: One ended otherwise, or took too long.
            OSError: It cannot be started.
        """
        return sum(self._timed(subprocess.DEVNULL) for _ in range(calls))

    def weigh(self, stdout: int = subprocess.DEVNULL) -> None:
        """One more run, whose time counts for nothing, to see its peak memory.

        Raises:
            RunError: It ended otherwise, or took too long.
            OSError: It cannot be started.
        """
        if not hasattr(os, "wait4"):
            return
        reading, writing = os.pipe()
        words = [sys.executable, "-I", "-S", "-c", _WEIGHS, str(writing), *self._words]
        with os.fdopen(reading) as told, tempfile.TemporaryFile() as errors:
            try:
                process = subprocess.Popen(
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=errors,
                    pass_fds=(writing,),
                )
            finally:
                os.close(writing)
            self._wait(process)
            failed, *sizes = told.readline().split()
            if not sizes:
                raise OSError(int(failed), os.strerror(int(failed)), self._words[0])
            self._require(os.waitstatus_to_exitcode(int(failed)), errors)
        peak, bare = (int(size) * _SIZE_UNIT for size in sizes)
        if peak > _TOLD * bare:
            self.peak_bytes = max(self.peak_bytes or 0, peak)

    def written(self) -> str:
        """Hash of what it writes to standard output; one of the two runs is weighed.

        Raises:
            RunError: Two runs wrote different things, or one ended otherwise.
            OSError: It cannot be started.
        """
        hashes = set()
        for run in (self._timed, self.weigh):
            with tempfile.TemporaryFile() as output:
                run(output.fileno())
                output.seek(0)
                hashes.add(hashlib.file_digest(output, "sha256").hexdigest()[:16])
        if len(hashes) > 1:
            raise RunError(
                'its output changes from run to run; if it may, set output = "may differ"'
            )
        return hashes.pop()

    def _timed(self, stdout: int) -> int:
        with tempfile.TemporaryFile() as errors:
            start = perf_counter_ns()
            process = subprocess.Popen(
                self._words, stdin=subprocess.DEVNULL, stdout=stdout, stderr=errors
            )
            self._wait(process)
            elapsed = perf_counter_ns() - start
            self._require(process.returncode, errors)
        return elapsed

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        """Wait for its end, and take in what it used.

        Raises:
            RunError: It took longer than it may.
        """
        if not hasattr(os, "wait4"):
            process.wait(self._timeout_seconds)
            return
        with _alarm(self._timeout_seconds):
            try:
                _, status, usage = os.wait4(process.pid, 0)
            except TimeoutError as exc:
                # Who weighs ends what it weighs; whatever else is started ends at once.
                (process.kill if process.args is self._words else process.terminate)()
                process.wait()
                raise RunError(f"took longer than {self._timeout_seconds:g} s") from exc
        # Popen shall not wait for what is gone.
        process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu_ns += round((usage.ru_utime + usage.ru_stime) * 1e9)

    def _require(self, status: int, errors: IO[bytes]) -> None:
        if status != (self._expect_exit or 0):
            wanted = "" if self._expect_exit is None else f" instead of {self._expect_exit}"
            raise RunError(f"ended with {status}{wanted}{_last_line(errors)}")


_SIZE_UNIT = 1 if sys.platform == "darwin" else 1024
"""Linux counts KiB, macOS bytes."""


@contextlib.contextmanager
def _alarm(seconds: float | None) -> Iterator[None]:
    """Raise TimeoutError in the main thread after so long."""
    if seconds is None:
        yield
        return

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
