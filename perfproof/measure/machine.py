"""What this machine and interpreter are: the fingerprint, and what else was true of it."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from time import perf_counter_ns

from perfproof.record import Environment, Fingerprint

__all__ = ["CpuTimes", "Machine", "pressure_share", "steal_share"]

_PACKAGES = ("perfproof", "pytest", "pytest-benchmark", "pyperf", "numpy", "msgspec")


class Machine:
    """Reads the machine; ``root`` is ``/`` except in tests, which lay a small tree."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def fingerprint(self) -> Fingerprint:
        """The fields that must agree before stored times may be compared."""
        libc, libc_version = platform.libc_ver()
        build, _ = platform.python_build()
        return Fingerprint(
            cpu_model=self._cpu_model(),
            logical_cores=os.cpu_count(),
            memory_gib=self._memory_gib(),
            machine=platform.machine(),
            system=platform.system(),
            kernel=platform.release() or None,
            libc=f"{libc} {libc_version}".strip() or None,
            implementation=platform.python_implementation(),
            python_version=platform.python_version(),
            python_build=f"{platform.python_compiler()} {build}".strip() or None,
        )

    def environment(self) -> Environment:
        """What else a reader wants to know about the machine now."""
        return Environment(
            governor=self._line("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            load_1m=_load(),
            clock_resolution_ns=clock_resolution_ns(perf_counter_ns),
            packages=_packages(),
        )

    def cpu_times(self) -> CpuTimes | None:
        """Jiffies since boot over all CPUs; ``None`` where the system does not tell."""
        line = self._line("proc/stat")
        if line is None or not line.startswith("cpu "):
            return None
        fields = [int(word) for word in line.split()[1:]]
        steal = fields[7] if len(fields) > 7 else 0
        return CpuTimes(total=sum(fields[:8]), steal=steal)

    def pressure(self) -> str | None:
        """The first line of the kernel's CPU pressure file, where there is one."""
        return self._line("proc/pressure/cpu")

    def _cpu_model(self) -> str | None:
        try:
            text = (self._root / "proc/cpuinfo").read_text(errors="replace")
        except OSError:
            return platform.processor() or None
        for key in ("model name", "Processor", "CPU part"):
            for line in text.splitlines():
                name, _, value = line.partition(":")
                if name.strip() == key and value.strip():
                    return " ".join(value.split())
        return platform.processor() or None

    def _memory_gib(self) -> int | None:
        try:
            text = (self._root / "proc/meminfo").read_text()
        except OSError:
            return None
        for line in text.splitlines():
            if line.startswith("MemTotal:"):
                return round(int(line.split()[1]) / 1024**2)
        return None

    def _line(self, path: str) -> str | None:
        try:
            with (self._root / path).open(errors="replace") as file:
                return file.readline().strip() or None
        except OSError:
            return None


class CpuTimes:
    """CPU time of all cores since boot, in jiffies."""

    __slots__ = ("steal", "total")

    def __init__(self, *, total: int, steal: int) -> None:
        self.total = total
        self.steal = steal


def steal_share(before: CpuTimes | None, after: CpuTimes | None) -> float | None:
    """Share of CPU time between two readings that the host took away, 0 to 1."""
    if before is None or after is None or after.total <= before.total:
        return None
    return max(0.0, (after.steal - before.steal) / (after.total - before.total))


def pressure_share(line: str | None) -> float | None:
    """Share of the last ten seconds in which some process waited for a CPU, 0 to 1."""
    if line is None:
        return None
    for word in line.split():
        name, _, value = word.partition("=")
        if name == "avg10":
            return float(value) / 100.0
    return None


def clock_resolution_ns(clock: Callable[[], int]) -> int:
    """Smallest step above 0 between two readings of ``clock``, of 1000."""
    smallest = None
    for _ in range(1000):
        start = clock()
        while (step := clock() - start) == 0:
            pass
        smallest = step if smallest is None else min(smallest, step)
    assert smallest is not None
    return smallest


def _load() -> float | None:
    try:
        return round(os.getloadavg()[0], 2)
    except (OSError, AttributeError):
        return None


def _packages() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    found["python"] = sys.version.split()[0]
    return found
