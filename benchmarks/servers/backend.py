"""The backend as users have it: `python -m system_under_test`, in a process of its own.

Everything it needs is made here (a folder, a SQLite file, a secret) and is gone afterwards. The
server dies with the thread that started it, also when that is killed.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from benchmarks.choice import REFERENCE
from benchmarks.servers.ending import die_with_parent

AUDIENCE: Final = "golden-path"
_PREFIX: Final = "BACKEND_"
# With the pid of who made it, so that what a kill left can be told from what is in use.
_FOLDER: Final = "perfproof-backend-"
_TAIL_BYTES: Final = 2_000
_LOOK_SECONDS: Final = 0.005


class BackendFailedError(Exception):
    """The server did not start, or died; the text says which, with its last words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendOptions:
    """What server is started.

    Attributes:
        system: Module that provides its parts.
        port: Port on 127.0.0.1; 0 lets the server choose.
        database_url: Database; a fresh SQLite file unless given.
        variables: Further settings, `BACKEND_*`.
        start_seconds: How long it may take until it is ready.
        stop_seconds: How long it may take to stop, before it is killed.
    """

    system: str = REFERENCE
    port: int = 0
    database_url: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    start_seconds: float = 30.0
    stop_seconds: float = 15.0


class Backend:
    """One server process. As a context manager it is ready inside, and always gone afterwards.

    Without `with`, the constructor returns at once and nothing is waited for.

    Attributes:
        started_at: `perf_counter` just before the process was made.
        pid: Its process.
        secret: Key of the tokens that it takes.

    Raises:
        BackendFailedError: The process could not be started.
    """

    def __init__(self, options: BackendOptions | None = None) -> None:
        self._options = options or BackendOptions()
        _sweep()
        self._folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))
        self.secret = secrets.token_hex(32)
        self._asked = False
        self._listening: Mapping[str, Any] | None = None
        with (
            (self._folder / "output").open("wb") as output,
            (self._folder / "errors").open("wb") as errors,
        ):
            self.started_at = time.perf_counter()
            try:
                self._process = subprocess.Popen(
                    self._words(),
                    env=self._environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    # Ctrl-C reaches the measuring process alone, which then stops the server.
                    process_group=0,
                    preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, no locks
                )
            except OSError as exc:
                shutil.rmtree(self._folder, ignore_errors=True)
                raise BackendFailedError(f"the server could not be started: {exc}") from exc
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        """Wait until it is ready.

        Raises:
            BackendFailedError: It died, or was not ready in time; it is gone then.
        """
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()

    def wait_ready(self) -> None:
        """Wait until it says that it is ready.

        Raises:
            BackendFailedError: It died, or took longer than it may.
        """
        until = time.monotonic() + self._options.start_seconds
        self._line("listening", until)
        self._line("ready", until)

    @property
    def url(self) -> str:
        """Address of its WebSocket; waits for the open port when the server chose it itself.

        Raises:
            BackendFailedError: It died, or opened no port in time.
        """
        return f"ws://{self.address}/ws"

    @property
    def address(self) -> str:
        """Host and port, as in `url`."""
        if self._options.port:
            return f"127.0.0.1:{self._options.port}"
        if self._listening is None:
            until = time.monotonic() + self._options.start_seconds
            self._listening = self._line("listening", until)
        return f"{self._listening['host']}:{self._listening['port']}"

    def token(self, user_id: str) -> str:
        """Return a token of this user that the server takes."""
        from system_under_test.tokens import issue_token

        return issue_token(user_id, self.secret, AUDIENCE)

    def running(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    def last_words(self) -> str:
        """Return the end of what it wrote to standard error, as one line."""
        return _tail(self._folder / "errors")

    def ask_to_stop(self) -> None:
        """Send SIGTERM, and wait for nothing; a second call does nothing.

        A second signal would tell the server to leave at once.
        """
        if not self._asked and self.running():
            self._process.terminate()
            self._asked = True

    def stop(self) -> int:
        """Stop it, by force when it takes too long; return its exit status.

        The status is negative, as of `subprocess`, when a signal ended it: -9 after force.
        """
        self.ask_to_stop()
        try:
            self._process.wait(self._options.stop_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self._end_group()
        shutil.rmtree(self._folder, ignore_errors=True)
        return self._process.returncode

    def kill(self) -> None:
        """End it at once, as a crash would; its database stays until `stop`."""
        self._process.kill()
        self._process.wait()

    def _end_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def _words(self) -> list[str]:
        words = [sys.executable, "-m", "system_under_test"]
        return [*words, "--port", str(self._options.port), "--system", self._options.system]

    def _environment(self) -> dict[str, str]:
        file = f"sqlite:///{self._folder / 'backend.sqlite3'}"
        own = {
            _PREFIX + "HOST": "127.0.0.1",
            _PREFIX + "DATABASE_URL": self._options.database_url or file,
            _PREFIX + "TOKEN_SECRET": self.secret,
            _PREFIX + "TOKEN_AUDIENCE": AUDIENCE,
        }
        kept = {key: value for key, value in os.environ.items() if not key.startswith(_PREFIX)}
        return {**kept, **own, **self._options.variables}

    def _line(self, key: str, until: float) -> Any:  # noqa: ANN401 - whatever JSON says
        """Wait for the line of its output that is a JSON object with this key."""
        while True:
            died = not self.running()
            for line in (self._folder / "output").read_bytes().splitlines(keepends=True):
                told = _object(line)
                if key in told:
                    return told[key]
            if died:
                status = self._process.returncode
                raise BackendFailedError(
                    f"the server ended with status {status} before it was {key}: "
                    f"{self.last_words()}"
                )
            if time.monotonic() > until:
                raise BackendFailedError(
                    f"the server was not {key} within {self._options.start_seconds:g} s: "
                    f"{self.last_words()}"
                )
            time.sleep(_LOOK_SECONDS)


def _sweep() -> None:
    """Remove the folders of measuring processes that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*-*"):
        pid = folder.name.removeprefix(_FOLDER).partition("-")[0]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            shutil.rmtree(folder, ignore_errors=True)


def _object(line: bytes) -> Mapping[str, Any]:
    """Return a whole line as JSON object; an empty one for anything else that a server prints."""
    if not line.endswith(b"\n"):
        return {}
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            words = file.read().decode("utf-8", "replace").split()
    except OSError:
        return "its output is gone"
    return " ".join(words) or "it said nothing"
