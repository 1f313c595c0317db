"""What controller and worker say to each other, and the socket they say it over.

A worker walks through its suite; at each benchmark it stops and asks. The controller answers
with what to measure until it says ``Leave``. One side speaks at a time, so neither needs a
thread, and two workers can be led through the same suite in lockstep.
"""

from __future__ import annotations

import socket
from typing import Literal

import msgspec

from perfproof.configuration.commands import CommandEntry
from perfproof.errors import WorkerError
from perfproof.record import Benchmark, Runner, TroubleKind

__all__ = [
    "At",
    "Begin",
    "Blocks",
    "Broken",
    "Channel",
    "Count",
    "Counted",
    "Entered",
    "Finished",
    "Found",
    "FromController",
    "FromWorker",
    "Leave",
    "Left",
    "Measure",
    "Prepare",
    "Ready",
    "sayable",
]

_MAX_MESSAGE_BYTES = 64 * 1024 * 1024


class _Message(msgspec.Struct, frozen=True, tag=str.lower, forbid_unknown_fields=True):
    pass


class Begin(_Message, frozen=True):
    """First word to a worker: walk through this suite.

    Attributes:
        task: ``list`` names the benchmarks, ``measure`` stops at each of ``ids``.
        suite: Which front end runs it.
        paths: Files and folders (pytest) or the one script (pyperf).
        ids: Benchmarks to stop at, in this order where the suite allows; empty means all.
        commands: What a suite of commands holds.
        padding: Seed of the memory laid out before anything else; 0 lays out none.
    """

    task: Literal["list", "measure"]
    suite: Runner
    paths: tuple[str, ...]
    ids: tuple[str, ...] = ()
    padding: int = 0
    commands: tuple[CommandEntry, ...] = ()


class Prepare(_Message, frozen=True):
    """Warm the benchmark up; find the calls of a block where ``calls`` is not given."""

    warmup_ns: int
    block_ns: int
    calls: int | None


class Measure(_Message, frozen=True):
    """Time ``count`` blocks of ``calls`` calls; after ``limit_ns`` start no third one.

    Attributes:
        beside: Whether the yardstick is timed beside each block.
        told: Whether the suite's own figures hear of the blocks (they keep each of them).
    """

    calls: int
    count: int
    limit_ns: int
    beside: bool = True
    told: bool = True


class Count(_Message, frozen=True):
    """Count what loops take, instead of timing blocks.

    Attributes:
        kind: What is counted, and how: ``instructions``, ``kernel`` or ``allocations``.
        loops: Calls of each loop (rounds of calls, where the suite makes several at once).
        unseen: Calls before the first loop, uncounted.
        brief: Whether nothing else is done beside the loops: for what layout does not move.
    """

    kind: str
    loops: tuple[int, ...]
    unseen: int = 0
    brief: bool = False


class Leave(_Message, frozen=True):
    """Enough of this benchmark; go on."""


class Found(_Message, frozen=True):
    """A benchmark of the suite (``list``)."""

    benchmark: Benchmark


class Entered(_Message, frozen=True):
    """The suite has begun with this benchmark; what fails from here on is its own."""

    benchmark: str


class At(_Message, frozen=True):
    """The worker stands at a benchmark and waits.

    Attributes:
        fixed_calls: Calls a block that the suite itself demands (pedantic iterations).
        fixed_blocks: Blocks that the suite itself demands (pedantic rounds).
        output_hash: Of what a command writes, where both sides must write the same.
    """

    benchmark: Benchmark
    fixed_calls: int | None = None
    fixed_blocks: int | None = None
    output_hash: str | None = None


class Ready(_Message, frozen=True):
    """Warmed up; a block holds this many calls."""

    calls: int


class Blocks(_Message, frozen=True):
    """Nanoseconds of each block and, if asked for, of the yardstick; what the kernel counted."""

    block_ns: tuple[int, ...]
    yardstick_ns: tuple[int, ...]
    preemptions: tuple[int, ...] | None
    peak_rss_bytes: int | None
    cpu_ns: tuple[int, ...] | None = None


class Counted(_Message, frozen=True):
    """Calls of each loop and what it took, one figure for each meter of the kind.

    Without any loop, what is measured runs in another process, which is not counted.

    Attributes:
        whole: Whether the suite fixes the calls of a loop.
    """

    calls: tuple[int, ...]
    figures: tuple[tuple[int, ...], ...]
    whole: bool = False


class Left(_Message, frozen=True):
    """The benchmark is over; with a trouble where it gave no figure or failed afterwards."""

    benchmark: str
    trouble: TroubleKind | None = None
    reason: str = ""


class Broken(_Message, frozen=True):
    """The suite itself could not be walked through (an import error, say)."""

    reason: str


class Finished(_Message, frozen=True):
    """The suite is over."""

    peak_rss_bytes: int | None


FromController = Begin | Prepare | Measure | Count | Leave
FromWorker = Found | Entered | At | Ready | Blocks | Counted | Left | Broken | Finished

_encoder = msgspec.json.Encoder()
_from_controller: msgspec.json.Decoder[FromController] = msgspec.json.Decoder(FromController)
_from_worker: msgspec.json.Decoder[FromWorker] = msgspec.json.Decoder(FromWorker)


def sayable(text: str) -> str:
    """Text that every encoding can carry: a lone surrogate (from a broken name, say) is shown."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class Channel:
    """One end of the socket: whole messages in, whole messages out."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._pending = bytearray()

    def send(self, message: FromController | FromWorker) -> None:
        """Send one message.

        Raises:
            WorkerError: The other side is gone.
        """
        try:
            self._socket.sendall(_encoder.encode(message) + b"\n")
        except OSError as exc:
            raise WorkerError("the other process is gone") from exc

    def receive_order(self) -> FromController:
        """The next word of the controller (the worker waits as long as it takes)."""
        self._socket.settimeout(None)
        return _from_controller.decode(self._line())

    def receive_answer(self, timeout_seconds: float) -> FromWorker:
        """The next word of the worker.

        Raises:
            TimeoutError: Nothing came in time.
            WorkerError: The worker is gone, or spoke nonsense.
        """
        self._socket.settimeout(timeout_seconds)
        try:
            return _from_worker.decode(self._line())
        except msgspec.MsgspecError as exc:
            raise WorkerError(f"a worker broke the protocol: {exc}") from exc

    def close(self) -> None:
        """Close this end; the other side sees that it is alone."""
        self._socket.close()

    def _line(self) -> bytes:
        while (end := self._pending.find(b"\n")) < 0:
            if len(self._pending) > _MAX_MESSAGE_BYTES:
                raise WorkerError("a message is longer than 64 MiB")
            try:
                chunk = self._socket.recv(1 << 16)
            except TimeoutError:
                raise
            except OSError as exc:
                raise WorkerError("the other process is gone") from exc
            if not chunk:
                raise WorkerError("the other process is gone")
            self._pending += chunk
        line = bytes(self._pending[:end])
        del self._pending[: end + 1]
        return line
