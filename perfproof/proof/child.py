"""A child process that is bounded in time and memory and leaves nobody behind."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import deque
from contextlib import suppress
from typing import IO

from perfproof.configuration.settings import SYSTEM_VARIABLE
from perfproof.errors import MachineryError
from perfproof.proof.doors import KEPT_BYTES, Command, Ending

__all__ = ["run_command"]

_CHUNK_BYTES = 64 * 1024
_FIRST_WAIT_SECONDS = 0.001
_LONGEST_WAIT_SECONDS = 0.05
_DRAIN_SECONDS = 2.0


def run_command(command: Command) -> Ending:
    """Run a command in a process group of its own, and end the whole group when it is over.

    The group also ends on a timeout and when this process is interrupted, so that no probe goes
    on to disturb the next measurement. Of its output the last ``kept_bytes`` are kept,
    of its errors the last 64 KiB.

    Raises:
        MachineryError: The command could not be started.
    """
    environment = {key: value for key, value in os.environ.items() if key != SYSTEM_VARIABLE}
    if command.system is not None:
        environment[SYSTEM_VARIABLE] = command.system
    try:
        process = subprocess.Popen(
            command.arguments,
            cwd=command.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as exc:
        raise MachineryError(
            f"cannot be started: {exc}",
            where=command.arguments[0],
            remedy="name a program that is installed",
        ) from exc
    with process:
        kept = ((process.stdout, command.kept_bytes), (process.stderr, KEPT_BYTES))
        tails = [_Tail(stream, most) for stream, most in kept if stream]
        try:
            in_time = _ended(process, command.timeout_seconds)
        finally:
            _end_group(process)
        output, errors = (tail.text() for tail in tails)
        return Ending(status=process.returncode if in_time else None, output=output, errors=errors)


def _ended(process: subprocess.Popen[bytes], timeout_seconds: float) -> bool:
    """Whether it ended by itself in time; it is not reaped, so that its group's id stays taken."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        try:
            process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            return False
        return True
    deadline = time.monotonic() + timeout_seconds
    pause = _FIRST_WAIT_SECONDS
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_WAIT_SECONDS)
    return True


def _end_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class _Tail:
    """Reads a stream to its end and keeps the last of it: endless output costs no memory."""

    def __init__(self, stream: IO[bytes], most_bytes: int) -> None:
        self._stream = stream
        self._most = most_bytes
        self._chunks: deque[bytes] = deque()
        # A grandchild that left the group can hold the pipe for ever; it must not hold us.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        held = 0
        with suppress(ValueError, OSError):
            while chunk := os.read(self._stream.fileno(), _CHUNK_BYTES):
                self._chunks.append(chunk)
                held += len(chunk)
                while held - len(self._chunks[0]) >= self._most:
                    held -= len(self._chunks.popleft())

    def text(self) -> str:
        self._reader.join(_DRAIN_SECONDS)
        # A reader that still waits for a grandchild may add to the queue: a copy stands still.
        return b"".join(self._chunks.copy())[-self._most :].decode("utf-8", "replace")
