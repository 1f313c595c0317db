"""The process that a test's PostgreSQL belongs to: it starts it, stops it, and cleans up after it.

It is told what to do line by line on its standard input: `start`, `stop fast`, `stop immediate`,
`stop kill`; each is answered by one line, `ok` or a sentence. When the input ends, and it ends with
whoever holds its other end, also when that is killed, the server is stopped and the folder is
removed. When the keeper itself is killed, the kernel ends the server.

Run by `benchmarks.servers.postgres` as a file, alone: it imports nothing of ours.
"""

import ctypes
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

PR_SET_PDEATHSIG: Final = 1
LOOK_SECONDS: Final = 0.005
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 20.0
SIGNALS: Final = {
    "fast": signal.SIGINT,
    "immediate": signal.SIGQUIT,
    "kill": signal.SIGKILL,
}

_libc: Final = ctypes.CDLL(None)


# In the words of its log, as there is no code for it; all others are told as they are.
_STILL_HELD = "pre-existing shared memory block"


class Keeper:
    """One server in one folder."""

    def __init__(self, folder: Path, command: list[str], user: str | None) -> None:
        self._folder = folder
        self._command = command
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start the server; answer when it takes connections.

        Processes of a server that was killed hold its shared memory for a moment longer, in which
        another one does not start: it is tried again.
        """
        until = time.monotonic() + START_SECONDS
        while (answer := self._try_to_start(until)) != "ok" and time.monotonic() < until:
            if _STILL_HELD not in answer:
                break
            time.sleep(LOOK_SECONDS)
        return answer

    def _try_to_start(self, until: float) -> str:
        pid_file = self._folder / "data/postmaster.pid"
        pid_file.unlink(missing_ok=True)  # left by a server that was killed
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # This process has one thread. The server's own signal for "at once" is SIGQUIT.
                preexec_fn=lambda: _libc.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT),  # noqa: PLW1509
                **as_user(self._user),
            )
        while time.monotonic() < until and self._process.poll() is None:
            if pid_file.exists() and pid_file.read_text().split("\n")[7:8] == ["ready   "]:
                return "ok"
            time.sleep(LOOK_SECONDS)
        return f"PostgreSQL did not start: {self._last_words()}"

    def stop(self, mode: str) -> str:
        """Stop the server; answer when it is gone."""
        process, self._process = self._process, None
        if process is None:
            return "ok"
        process.send_signal(SIGNALS[mode])
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return "ok"

    def _last_words(self) -> str:
        return (self._folder / "log").read_text(errors="replace")[-500:].replace("\n", " | ")


def as_user(user: str | None) -> dict[str, Any]:
    """Return the arguments by which `subprocess` runs something as another user."""
    return {} if user is None else {"user": user, "group": _group_of(user), "extra_groups": []}


def _group_of(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid


def main() -> None:
    """Serve until the input ends."""
    # Ctrl-C is for whoever holds the input; this process ends after it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    task = json.loads(sys.argv[1])
    folder = Path(task["folder"])
    keeper = Keeper(folder, task["command"], task["user"])
    try:
        for line in sys.stdin:
            word, _, mode = line.strip().partition(" ")
            print(keeper.start() if word == "start" else keeper.stop(mode), flush=True)
    finally:
        keeper.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
