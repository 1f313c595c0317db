"""Workers end with their controller, whatever ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from perfproof.errors import WorkerError
from perfproof.measure.channel import Begin, Finished
from perfproof.measure.worker_process import Surroundings, WorkerProcess

CONTROLLER = """
import sys, time
from pathlib import Path
from perfproof.measure.channel import Begin
from perfproof.measure.worker_process import Surroundings, WorkerProcess

begin = Begin("measure", "pytest-benchmark", ("benchmarks",))
with WorkerProcess(Surroundings(Path(sys.argv[1]), {}), begin, hash_seed=1) as worker:
    worker.hear(30)
    print(worker.pid, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def begin() -> Begin:
    return Begin("list", "pytest-benchmark", ("benchmarks",))


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] not in "ZX"


def gone_within(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not alive(pid):
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def controller(foreign_project: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", CONTROLLER, str(foreign_project)],
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux's")
def test_a_killed_controller_takes_its_worker_with_it(controller: subprocess.Popen[str]) -> None:
    assert controller.stdout is not None
    worker = int(controller.stdout.readline())
    assert alive(worker)
    controller.kill()
    assert gone_within(worker, 20)


def test_leaving_the_context_ends_a_worker_that_hangs(foreign_project: Path) -> None:
    (foreign_project / "benchmarks/test_parcel.py").write_text(
        "import time\ntime.sleep(600)\ndef test_x(benchmark): benchmark(int)\n"
    )
    begin = Begin("list", "pytest-benchmark", ("benchmarks",))

    def wait_in_vain() -> None:
        with WorkerProcess(Surroundings(foreign_project, {}), begin, hash_seed=1) as worker:
            pids.append(worker.pid)
            worker.hear(0.5)

    pids: list[int] = []
    with pytest.raises(TimeoutError):
        wait_in_vain()
    assert gone_within(pids[0], 5)


def test_a_child_of_the_worker_is_ended_too(foreign_project: Path, begin: Begin) -> None:
    note = foreign_project / "child.pid"
    (foreign_project / "benchmarks/test_parcel.py").write_text(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(note)!r}, 'w').write(str(child.pid))\n"
        "def test_x(benchmark): benchmark(int)\n"
    )
    with WorkerProcess(Surroundings(foreign_project, {}), begin, hash_seed=1) as worker:
        while not isinstance(worker.hear(60), Finished):
            pass
    assert gone_within(int(note.read_text()), 5)


def test_a_worker_that_dies_is_described_by_how_and_its_last_words(
    foreign_project: Path, begin: Begin
) -> None:
    (foreign_project / "benchmarks/test_parcel.py").write_text(
        "import os, sys\nprint('out of luck', file=sys.__stderr__, flush=True)\nos._exit(7)\n"
    )
    around = Surroundings(foreign_project, {})
    with (
        WorkerProcess(around, begin, hash_seed=1) as worker,
        pytest.raises(WorkerError, match="ended with exit code 7"),
    ):
        worker.hear(60)


def test_an_interpreter_that_is_not_there_is_said(foreign_project: Path, begin: Begin) -> None:
    around = Surroundings(foreign_project, {}, python="/nowhere/python")
    with pytest.raises(WorkerError, match="a worker could not be started: No such file"):
        WorkerProcess(around, begin, hash_seed=1)


def test_ctrl_c_does_not_reach_the_worker_before_the_controller(
    foreign_project: Path, begin: Begin
) -> None:
    with WorkerProcess(Surroundings(foreign_project, {}), begin, hash_seed=1) as worker:
        worker.hear(60)
        assert os.getsid(worker.pid) != os.getsid(0)
        os.kill(worker.pid, signal.SIGINT)
        while not isinstance(worker.hear(60), Finished):
            pass
