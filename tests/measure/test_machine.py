"""The machine is read as it is; what it does not tell is unknown, never invented."""

from __future__ import annotations

import os
from pathlib import Path

from perfproof.measure.machine import CpuTimes, Machine, pressure_share, steal_share


def laid(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def test_the_fields_come_from_the_kernels_files(tmp_path: Path) -> None:
    root = laid(
        tmp_path,
        {
            "proc/cpuinfo": "processor\t: 0\nmodel name\t: Some  CPU @ 3 GHz\n",
            "proc/meminfo": "MemTotal:       25165824 kB\n",
            "proc/stat": "cpu  10 0 10 70 0 0 0 10 0 0\n",
            "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave\n",
        },
    )
    machine = Machine(root)
    fingerprint = machine.fingerprint()
    assert fingerprint.cpu_model == "Some CPU @ 3 GHz"
    assert fingerprint.memory_gib == 24
    assert fingerprint.logical_cores == os.cpu_count()
    assert machine.environment().governor == "powersave"
    times = machine.cpu_times()
    assert times is not None
    assert (times.total, times.steal) == (100, 10)


def test_a_machine_without_those_files_is_not_known(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    assert machine.fingerprint().memory_gib is None
    assert machine.environment().governor is None
    assert machine.cpu_times() is None
    assert machine.pressure() is None


def test_steal_is_the_share_between_two_readings() -> None:
    before, after = CpuTimes(total=1000, steal=10), CpuTimes(total=2000, steal=60)
    assert steal_share(before, after) == 0.05
    assert steal_share(before, before) is None
    assert steal_share(None, after) is None


def test_pressure_is_the_share_of_ten_seconds() -> None:
    line = "some avg10=12.50 avg60=3.00 avg300=1.00 total=12345"
    assert pressure_share(line) == 0.125
    assert pressure_share(None) is None


def test_two_readings_of_this_machine_agree() -> None:
    assert Machine().fingerprint() == Machine().fingerprint()
