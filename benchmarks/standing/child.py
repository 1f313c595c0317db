"""A child process that is led by lines of JSON and dies with its parent."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from benchmarks.servers.ending import die_with_parent

# The clock of all CPU time of a process, made from its id as the C library's macro does it.
_CPUCLOCK_SCHED: Final = 2


class ChildFailed(Exception):  # noqa: N818 - the name of the fact
    """A child said nothing in time, said that it failed, or is gone."""


class Child:
    """`python -m MODULE WORDS`, in a process of its own, as a context manager.

    Args:
        module: What is run.
        words: Its arguments.
        environment: Variables beside those of this process.
        core: The CPU it is bound to, or None.
    """

    def __init__(
        self,
        module: str,
        *words: str,
        environment: Mapping[str, str] | None = None,
        core: int | None = None,
    ) -> None:
        def prepare() -> None:
            die_with_parent()
            if core is not None:
                os.sched_setaffinity(0, {core})

        self._module = module
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            preexec_fn=prepare,  # noqa: PLW1509 - two system calls, no locks
            text=True,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def hear(self, seconds: float = 40.0) -> dict[str, Any]:
        """Return the next line that it says.

        Raises:
            ChildFailed: It says nothing in this time, is gone, or says that it failed.
        """
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            raise ChildFailed(f"{self._module} said nothing for {seconds:g} s") from None
        if line is None:
            raise ChildFailed(f"{self._module} ended with {self._process.wait()}")
        said: dict[str, Any] = json.loads(line)
        if "error" in said:
            raise ChildFailed(f"{self._module}: {said['error']}")
        return said

    def tell(self, **order: object) -> dict[str, Any]:
        """Return what it says to an order."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise ChildFailed(f"{self._module} is gone") from None
        return self.hear()

    def cpu_seconds(self) -> float:
        """Return the CPU time of all its threads so far, to the nanosecond."""
        return time.clock_gettime((~self.pid << 3) | _CPUCLOCK_SCHED)

    def private_bytes(self) -> int:
        """Return the memory that it shares with no other process."""
        return private_bytes(self.pid)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)


def private_bytes(pid: int) -> int:
    """Return the memory that a process shares with no other: `Private_*` of its smaps_rollup."""
    kibibytes = [
        int(line.split()[1])
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        if line.startswith(("Private_Clean:", "Private_Dirty:"))
    ]
    return 1024 * sum(kibibytes)
