"""What a server's process holds, counted from outside: pages, descriptors, sockets, threads."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.servers.backend import BackendFailedError
from perfproof.record import Kept


def held_by(pid: int) -> dict[Kept, int]:
    """What a process holds: bytes of memory of its own, descriptors, sockets, threads.

    Raises:
        BackendFailedError: It is gone.
    """
    try:
        targets = list(_descriptors(pid))
        sockets = sum(each.startswith("socket:") for each in targets)
        return {
            "native": _anonymous_bytes(pid),
            "socket": sockets,
            "descriptor": len(targets) - sockets,
            "thread": len(list(Path(f"/proc/{pid}/task").iterdir())),
        }
    except (FileNotFoundError, ProcessLookupError) as exc:
        raise BackendFailedError("the server has died") from exc


def _descriptors(pid: int) -> Iterator[str]:
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            yield str(entry.readlink())
        except FileNotFoundError:
            continue


def _anonymous_bytes(pid: int) -> int:
    """Memory that is backed by no file, in bytes (`Anonymous` of smaps_rollup, in KiB)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) * 1024
    raise BackendFailedError("the system does not tell a process's own memory")
