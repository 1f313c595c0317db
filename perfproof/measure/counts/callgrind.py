"""Instructions of a loop, counted by valgrind's callgrind, in which this process runs.

Callgrind takes requests through a sequence of instructions that does nothing on a real CPU
(valgrind.h, "client requests"). It is written into memory here, so that nothing needs to be
compiled; only the counted loops are instrumented, the start of Python and of the suite are not.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from perfproof.errors import WorkerError

__all__ = [
    "OUTPUT_VARIABLE",
    "VARIABLES",
    "CallgrindMeter",
    "not_randomised",
    "under_callgrind",
    "why_not_here",
]

OUTPUT_VARIABLE = "PERFPROOF_CALLGRIND_OUT"
"""Environment variable that tells a worker where callgrind writes."""

VARIABLES = {
    # Otherwise the first call of each C function is charged for looking it up.
    "LD_BIND_NOW": "1",
    # How glibc gives memory back, and from where it asks for more, hangs on all that a process
    # has done; with fixed bounds it does not.
    "GLIBC_TUNABLES": "glibc.malloc.trim_threshold=1073741824"
    ":glibc.malloc.top_pad=67108864:glibc.malloc.mmap_threshold=131072",
}
"""Environment of a worker that is counted."""

# rax = address of the request, rdx = default answer 0; the four rotations of rdi by 128 bits in
# all and the exchange of rbx with itself are what valgrind looks for; the answer comes in rdx.
_AMD64 = bytes.fromhex(
    "4889f8"  # mov rax, rdi
    "31d2"  # xor edx, edx
    "48c1c703 48c1c70d 48c1c73d 48c1c733"  # rol rdi, 3, 13, 61, 51
    "4887db"  # xchg rbx, rbx
    "4889d0"  # mov rax, rdx
    "c3"  # ret
)
_RUNNING_ON_VALGRIND = 0x1001
# VG_USERREQ_TOOL_BASE('C', 'T') and what callgrind.h numbers from there.
_BASE = (ord("C") << 24) | (ord("T") << 16)
_ZERO, _DUMP_AT, _START, _STOP = _BASE + 1, _BASE + 3, _BASE + 4, _BASE + 5
_TOTALS = re.compile(rb"^(?:totals|summary): (\d+)", re.MULTILINE)


def why_not_here() -> str | None:
    """Why instructions cannot be counted here, a clause; ``None`` where they can."""
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "AMD64"):
        return f"valgrind is asked on Linux on x86-64 only, and this is {platform.machine()}"
    if shutil.which("valgrind") is None:
        return "valgrind is not installed (`apt install valgrind` or the like)"
    return None


def under_callgrind(output: Path) -> tuple[str, ...]:
    """Words before the command of a worker that put it under callgrind.

    Args:
        output: File that callgrind's own files are named after.
    """
    return (
        *not_randomised(),
        shutil.which("valgrind") or "valgrind",
        "--tool=callgrind",
        "--quiet",
        "--instr-atstart=no",
        "--trace-children=no",
        "--child-silent-after-fork=yes",
        "--dump-line=no",
        f"--callgrind-out-file={output}",
    )


@cache
def not_randomised() -> tuple[str, ...]:
    """Words that make addresses the same in every process; none where that is not allowed."""
    setarch = shutil.which("setarch")
    if setarch is None:
        return ()
    words = (setarch, "-R")
    # A container may forbid it, and would not start the worker either.
    done = subprocess.run((*words, sys.executable, "-c", ""), capture_output=True, check=False)
    return words if done.returncode == 0 else ()


class CallgrindMeter:
    """Counts the instructions that this process executes in user mode, in all of its threads.

    Raises:
        WorkerError: This process does not run under callgrind, or memory cannot be made
            executable here.
    """

    def __init__(self) -> None:
        output = os.environ.get(OUTPUT_VARIABLE)
        if output is None:
            raise WorkerError("instructions are counted under callgrind only")
        self._output = Path(output)
        try:
            self._code = mmap.mmap(-1, mmap.PAGESIZE, prot=7)
        except OSError as exc:
            raise WorkerError(f"no executable memory for valgrind's requests: {exc}") from exc
        self._code.write(_AMD64)
        address = ctypes.addressof(ctypes.c_char.from_buffer(self._code))
        self._ask = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p)(address)
        self._start, self._stop = _request(_START), _request(_STOP)
        self._parts = 0
        if not self._ask(_request(_RUNNING_ON_VALGRIND)):
            raise WorkerError("valgrind does not answer in this process")

    def of(self, loop: Callable[[], object]) -> tuple[int]:
        """Instructions of one run of ``loop``, a few of our own included."""
        ask, start, stop = self._ask, self._start, self._stop
        ask(_request(_ZERO))
        ask(start)
        try:
            loop()
        finally:
            ask(stop)
        return (self._dumped(),)

    def _dumped(self) -> int:
        self._ask(_request(_DUMP_AT, b"perfproof"))
        self._parts += 1
        file = self._output.with_name(f"{self._output.name}.{self._parts}")
        try:
            found = _TOTALS.findall(file.read_bytes())
            file.unlink()
        except OSError as exc:
            raise WorkerError(f"callgrind wrote no count: {exc.strerror}") from exc
        if not found:
            raise WorkerError("callgrind wrote a count that cannot be read", where=str(file))
        return int(found[-1])


def _request(number: int, text: bytes | None = None) -> ctypes.Array[ctypes.c_uint64]:
    words = (ctypes.c_uint64 * 6)(number)
    if text is not None:
        kept = ctypes.create_string_buffer(text)
        words[1] = ctypes.addressof(kept)
        words.kept = kept  # type: ignore[attr-defined]  # lives as long as the request
    return words
