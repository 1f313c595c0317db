"""A server that a scenario starts: up before the load, gone after it."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from typing import IO

from perfproof.errors import UseError
from perfproof.measure.ending import end_with_the_parent
from perfproof.measure.load.commands import Place, command_words
from perfproof.measure.load.cores import cores_of, stay_on
from perfproof.measure.load.scenario import Scenario
from perfproof.record.quantity import parse_seconds

__all__ = ["serving"]

_HOST = "127.0.0.1"
_LOOK_SECONDS = 0.01
_GRACE_SECONDS = 5.0


@contextlib.contextmanager
def serving(scenario: Scenario, place: Place) -> Iterator[dict[str, str]]:
    """Start the scenario's server and end it with all its children.

    Yields:
        Values of ``{port}``, ``{checkout}``, ``{folder}`` (empty, gone afterwards) and ``{secret}``
        (drawn for this server); nothing is started where there is no ``start``.

    Raises:
        UseError: It cannot be started, ends by itself, or is not ready in time.
    """
    if not scenario.start:
        yield {}
        return
    with (
        tempfile.TemporaryFile() as log,
        tempfile.TemporaryDirectory(prefix="perfproof-load-", ignore_cleanup_errors=True) as own,
    ):
        values = {
            "port": str(_free_port()),
            "checkout": str(place.folder),
            "folder": own,
            "secret": secrets.token_hex(32),
        }
        process = _started(scenario, place, values, log)
        try:
            _wait_until_ready(scenario, process, int(values["port"]), log)
            yield values
        finally:
            _end(process)


def _started(
    scenario: Scenario, place: Place, values: dict[str, str], log: IO[bytes]
) -> subprocess.Popen[bytes]:
    cores = cores_of(scenario).server

    def in_child() -> None:
        stay_on(cores)
        end_with_the_parent()

    try:
        return subprocess.Popen(
            command_words(scenario.start, values),
            cwd=place.folder,
            env=place.environment(scenario, values),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=in_child,  # noqa: PLW1509 - two calls
        )
    except (OSError, ValueError) as exc:
        raise UseError(f"the server cannot be started: {exc}", where="start") from exc


def _wait_until_ready(
    scenario: Scenario, process: subprocess.Popen[bytes], port: int, log: IO[bytes]
) -> None:
    deadline = time.monotonic() + parse_seconds(scenario.start_timeout)
    while not _is_ready(scenario, port, log):
        if process.poll() is not None:
            raise UseError(
                f"the server ended with status {process.returncode}{_last_words(log)}",
                where="start",
                remedy="run the command by hand",
            )
        if time.monotonic() > deadline:
            raise UseError(
                f"the server was not ready within {scenario.start_timeout}{_last_words(log)}",
                where="start",
                remedy="raise start_timeout, or correct `ready`",
            )
        time.sleep(_LOOK_SECONDS)


def _is_ready(scenario: Scenario, port: int, log: IO[bytes]) -> bool:
    if scenario.ready is not None:
        return scenario.ready.encode() in _said(log)
    try:
        with socket.create_connection((_HOST, port), timeout=1.0):
            return True
    except OSError:
        return False


def _said(log: IO[bytes]) -> bytes:
    # By position: the server writes through the same open file, whose own position must stay.
    return os.pread(log.fileno(), 1024 * 1024, 0)


def _last_words(log: IO[bytes]) -> str:
    lines = [each for each in _said(log).decode("utf-8", "replace").splitlines() if each.strip()]
    return f": {lines[-1].strip()[:300]}" if lines else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_SECONDS)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((_HOST, 0))
        return int(found.getsockname()[1])
