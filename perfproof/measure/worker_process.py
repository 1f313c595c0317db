"""The controller's side of one worker: start it, talk with it, end it whatever happens."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from perfproof.errors import WorkerError
from perfproof.measure.channel import Begin, Channel, FromController, FromWorker

__all__ = ["GRACE_SECONDS", "SilentError", "Surroundings", "WorkerProcess"]

GRACE_SECONDS = 3.0
"""What a worker gets for ending by itself, with what its suite tears down."""
_START_SECONDS = 10.0
"""What it gets at least until its first word: imports of a suite are no benchmark's silence."""
_LOG_TAIL_BYTES = 64_000
_FATAL = "Fatal Python error: "
_NOT_OURS = ("PYTEST_XDIST", "PYTEST_CURRENT_TEST", "PYTEST_VERSION")


class SilentError(TimeoutError):
    """A worker said nothing for as long as it may, and still runs."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds

    def __str__(self) -> str:
        return f"gave no answer for {self.seconds:g} s; the worker was ended"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where and how workers run.

    Attributes:
        root: Folder they are started in.
        variables: Environment variables set for them beside the controller's own.
        python: Interpreter that runs them.
        wrapper: Words before the interpreter's: a program that it runs under (valgrind).
        module: What a worker runs.
    """

    root: Path
    variables: Mapping[str, str]
    python: str = sys.executable
    wrapper: tuple[str, ...] = ()
    module: str = "perfproof.measure.worker"


class WorkerProcess:
    """One fresh process that walks through one suite; a context manager that always ends it.

    Attributes:
        lingered: Whether it was still there when its grace was over, and had to be ended.

    Raises:
        WorkerError: It could not be started.
    """

    def __init__(self, surroundings: Surroundings, begin: Begin, *, hash_seed: int) -> None:
        self.lingered = False
        self._log = _log_file()
        ours, theirs = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                [
                    *surroundings.wrapper,
                    surroundings.python,
                    "-m",
                    surroundings.module,
                    str(theirs.fileno()),
                ],
                cwd=surroundings.root,
                env=_environment(surroundings, hash_seed),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                # Its own session: Ctrl-C reaches the controller alone, which keeps what was
                # measured and then ends the worker with all its children.
                start_new_session=True,
            )
        except OSError as exc:
            ours.close()
            self._log.close()
            raise WorkerError(f"a worker could not be started: {exc.strerror}") from exc
        finally:
            theirs.close()
        self._channel = Channel(ours)
        self._begin = begin
        self._silent = False
        self._has_spoken = False

    def __enter__(self) -> Self:
        try:
            self._channel.send(self._begin)
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end(at_once=kind is not None)

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._process.pid

    def tell(self, order: FromController) -> None:
        """Give the worker its next order."""
        self._channel.send(order)

    def hear(self, timeout_seconds: float) -> FromWorker:
        """Wait for the worker's answer; for its first one as long as a start may take.

        Raises:
            SilentError: Nothing came in time; the worker still runs.
            WorkerError: The worker died; the sentence says how.
        """
        self._silent = False
        patience = timeout_seconds if self._has_spoken else max(timeout_seconds, _START_SECONDS)
        try:
            answer = self._channel.receive_answer(patience)
        except TimeoutError as exc:
            self._silent = True
            raise SilentError(patience) from exc
        except WorkerError as exc:
            raise WorkerError(self._obituary(str(exc.what))) from exc
        self._has_spoken = True
        return answer

    def kill(self) -> None:
        """Kill the worker and every process it started, without waiting for their end."""
        # Its group has its number as long as one of them lives, or until it is waited for.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def end(self, *, at_once: bool = False, grace_seconds: float = GRACE_SECONDS) -> None:
        """End the worker and every process it started; safe to call twice.

        Args:
            at_once: Whether it is given no time to end by itself. One that was waited for in
                vain is not waited for again.
            grace_seconds: That time.
        """
        self._channel.close()
        if not at_once and not self._silent:
            try:
                self._process.wait(grace_seconds)
            except subprocess.TimeoutExpired:
                self.lingered = True
        self.kill()
        self._process.wait()
        self._log.close()

    def _obituary(self, fallback: str) -> str:
        try:
            code = self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return fallback
        if code < 0:
            how = f"was ended by signal {-code} ({signal.Signals(-code).name})"
        else:
            how = f"ended with exit code {code}"
        tail = self._log_tail()
        return f"the worker {how}" + (f": {tail}" if tail else "")

    def _log_tail(self) -> str:
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - _LOG_TAIL_BYTES))
        text = self._log.read().decode(errors="replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        fatal = [place for place, line in enumerate(lines) if line.startswith(_FATAL)]
        if fatal:
            # faulthandler ends with all extension modules; where it happened stands further up.
            frames = [line for line in lines[fatal[0] :] if line.startswith('File "')]
            return ", ".join((lines[fatal[0]], *frames[:1]))[:300]
        return lines[-1][:300] if lines else ""


def _log_file() -> IO[bytes]:
    try:
        return tempfile.TemporaryFile()
    except OSError as exc:
        raise WorkerError(
            f"no place for what a worker says: {exc.strerror or exc}",
            where="the folder for temporary files",
            remedy="make room there, or name another in TMPDIR",
        ) from exc


def _environment(surroundings: Surroundings, hash_seed: int) -> dict[str, str]:
    # Started from a test of pytest-xdist, a worker is no worker of xdist.
    variables = {key: value for key, value in os.environ.items() if not key.startswith(_NOT_OURS)}
    variables.update(surroundings.variables)
    variables["PYTHONHASHSEED"] = str(hash_seed)
    if variables.pop("PYTHONDONTWRITEBYTECODE", ""):
        # Without compiled files every process would compile the suite again before it
        # measures; the wish not to litter the tree is kept by compiling beside it.
        cache = surroundings.root / ".perfproof" / "compiled"
        variables.setdefault("PYTHONPYCACHEPREFIX", str(cache))
    return variables
