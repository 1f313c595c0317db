"""The caller's side of the driver: a process of its own, and bounds on its time."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import sys
import tempfile
import time
from typing import Self

import msgspec

from perfproof.errors import MachineryError, UseError
from perfproof.measure.awake import cores_awake
from perfproof.measure.load.driver import Job, Report
from perfproof.measure.load.scenario import Scenario
from perfproof.record.load import LoadRun

__all__ = ["Driver", "drive", "require_parts"]

_START_SECONDS = 60.0
# Longer than any session; the spinners end with the driver anyway.
_AWAKE_SECONDS = 4 * 3600.0
_NEEDS = {"hdrh": "hdrhistogram", "picows": "picows", "aiohttp": "aiohttp"}


def require_parts(scenario: Scenario) -> None:
    """Refuse to begin where a package is missing.

    Raises:
        UseError: With the command that installs it.
    """
    from importlib.util import find_spec

    wanted = ["hdrh", "picows" if scenario.websocket else "aiohttp"]
    absent = [_NEEDS[each] for each in wanted if find_spec(each) is None]
    if absent:
        raise UseError(
            f"load needs {' and '.join(absent)}, not installed here",
            remedy="run `pip install 'perfproof[load]'`",
        )


class Driver:
    """The driver's process, which takes one job after the other; a context manager.

    It is started with the first job, because that alone costs as much as a short load.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stack = contextlib.ExitStack()
        self._errors = -1
        self._awake = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def drive(self, job: Job) -> LoadRun:
        """Put a load on an endpoint.

        Raises:
            UseError: The endpoint cannot be reached, or the load cannot be meant.
            MachineryError: The driver died or did not answer in time.
        """
        process = self._process or self._start()
        self._keep_awake(job)
        try:
            report = msgspec.json.decode(self._answer(process, job), type=Report)
        except BaseException:
            # Half an answer may be on its way: the next job gets a new process.
            self._end()
            raise
        if report.run is None:
            what, where, remedy = report.refusal or ("the load driver gave no run", None, None)
            raise UseError(what, where=where, remedy=remedy)
        return report.run

    def _start(self) -> subprocess.Popen[bytes]:
        errors = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - by the stack
        self._errors = errors.fileno()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "perfproof.measure.load.driver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
        self._stack.enter_context(self._process)
        return self._process

    def _keep_awake(self, job: Job) -> None:
        """Spinners live with the driver: their own start would be felt by short loads."""
        if job.scenario.awake and not self._awake:
            self._stack.enter_context(cores_awake(_AWAKE_SECONDS))
            self._awake = True

    def _answer(self, process: subprocess.Popen[bytes], job: Job) -> bytes:
        assert process.stdin is not None
        assert process.stdout is not None
        offered = job.offered
        longest = offered.seconds + job.warmup_seconds + 4 * offered.timeout_seconds
        # Where it died already, its last words say more than the broken pipe.
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(msgspec.json.encode(job) + b"\n")
            process.stdin.flush()
        answer = _line(process.stdout.fileno(), longest + _START_SECONDS)
        if answer is None:
            raise MachineryError(
                f"the load driver did not answer within {longest + _START_SECONDS:.0f} s"
            )
        if not answer.endswith(b"\n"):
            status = process.wait(_START_SECONDS)
            said = os.pread(self._errors, 1024 * 1024, 0).decode("utf-8", "replace")
            last = f": {said.strip().splitlines()[-1][:300]}" if said.strip() else ""
            raise MachineryError(f"the load driver ended with status {status}{last}")
        return answer

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None
        self._awake = False
        # Closing a pipe whose reader died writes what is left in it.
        with contextlib.suppress(BrokenPipeError):
            self._stack.close()


def drive(job: Job) -> LoadRun:
    """Put one load on an endpoint from a process of its own; raises as ``Driver.drive`` does."""
    with Driver() as driver:
        return driver.drive(job)


def _line(descriptor: int, seconds: float) -> bytes | None:
    """Read up to the end of a line, or of the file; ``None`` where neither comes in time."""
    deadline = time.monotonic() + seconds
    found = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while not found.endswith(b"\n"):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                return None
            read = os.read(descriptor, 1024 * 1024)
            if not read:
                break
            found += read
    return bytes(found)
