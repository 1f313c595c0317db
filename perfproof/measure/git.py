"""How git and its like are run: without hooks, monitors, prompts, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from perfproof.errors import MachineryError, UseError

__all__ = ["LOCATIONS", "Ended", "run_child", "run_git"]

LOCATIONS = re.compile(
    "GIT_(DIR|COMMON_DIR|WORK_TREE|IMPLICIT_WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|PREFIX|CONFIG"
    "|ALTERNATE_OBJECT_DIRECTORIES|QUARANTINE_PATH|INTERNAL_SUPER_PREFIX|NAMESPACE|ATTR_SOURCE"
    "|SHALLOW_FILE|GRAFT_FILE|REPLACE_REF_BASE|NO_REPLACE_OBJECTS|(LITERAL|(NO)?GLOB|ICASE)_PATHSPECS)"
)
"""What git sets for a hook, and what turns it to another repository; never passed on.

Inside a commit's hook GIT_INDEX_FILE is the index being committed: we would write into it.
Configuration from the environment (GIT_CONFIG_COUNT and the like) stays: CI says `safe.directory`
with it, and the options below win over it.
"""

_OPTIONS = {
    # Code that the repository names is not run for looking at it.
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    # A collection would work in the background while we measure.
    "gc.auto": "0",
    "maintenance.auto": "false",
    # A split index writes a second file beside the user's index, relative paths an extension
    # into the user's configuration.
    "core.splitIndex": "false",
    "worktree.useRelativePaths": "false",
    # Line ends that would not come back are a warning for whoever commits, not for us.
    "core.safecrlf": "false",
    "submodule.recurse": "false",
}
_SURROUNDINGS = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
_TIMEOUT_SECONDS = 600.0
"""A checkout of a large repository is slow; nothing else comes near."""
_GRACE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: its status, what it answered, and its complaint in one line."""

    status: int
    answer: bytes
    complaint: str

    @property
    def line(self) -> str:
        """The answer without its line end; a path may end in a blank, which is kept."""
        return os.fsdecode(self.answer.removesuffix(b"\n"))


def run_child(
    command: Sequence[str],
    folder: Path,
    *,
    variables: Mapping[str, str] | None = None,
    feed: bytes = b"",
    hold: int | None = None,
) -> Ended:
    """Run a program to its end, or end it and all that it started when we are interrupted.

    Args:
        command: Program and words.
        folder: Where it runs.
        variables: Environment beside ours without `LOCATIONS`.
        feed: Its standard input.
        hold: A descriptor that it keeps open; a lock on that lasts as long as the child does.

    Raises:
        MachineryError: It could not be started, or took ten minutes.
    """
    child = _started(command, folder, variables or {}, hold)
    with child:
        try:
            answer, complaint = child.communicate(feed, _TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired as exc:
            _end(child)
            raise MachineryError(f"{command[0]} took more than {_TIMEOUT_SECONDS:g} s") from exc
        except BaseException:
            _end(child)
            raise
    return Ended(child.returncode, answer, _in_one_line(complaint))


def _started(
    command: Sequence[str], folder: Path, variables: Mapping[str, str], hold: int | None
) -> subprocess.Popen[bytes]:
    inherited = {key: value for key, value in os.environ.items() if not LOCATIONS.fullmatch(key)}
    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**inherited, **_SURROUNDINGS, **variables},
            pass_fds=() if hold is None else (hold,),
            # A group of its own: git leaves helpers behind that still write when it alone is ended.
            start_new_session=True,
        )
    except OSError as exc:
        raise MachineryError(f"{command[0]} could not be run: {exc.strerror}") from exc


def _end(child: subprocess.Popen[bytes]) -> None:
    for ending in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, ending)
        with contextlib.suppress(subprocess.TimeoutExpired):
            # The pipes close when the last of the group is gone, helpers included.
            child.communicate(timeout=_GRACE_SECONDS)
            return


def _in_one_line(complaint: bytes) -> str:
    lines = [line.strip() for line in complaint.decode(errors="replace").splitlines()]
    marked = [line for line in lines if line.startswith(("fatal: ", "error: "))]
    return "; ".join(line.split(": ", 1)[1] for line in marked[-2:]) or (lines or [""])[-1]


def run_git(
    folder: Path,
    *words: str,
    variables: Mapping[str, str] | None = None,
    feed: bytes = b"",
    hold: int | None = None,
) -> Ended:
    """Run git in ``folder`` without hooks, monitors, collections and prompts.

    Raises:
        UseError: There is no git.
        MachineryError: It could not be started, or took ten minutes.
    """
    if shutil.which("git") is None:
        raise UseError("git is not on the path", remedy="install git")
    options = [word for pair in _OPTIONS.items() for word in ("-c", "=".join(pair))]
    return run_child(["git", *options, *words], folder, variables=variables, feed=feed, hold=hold)
