from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perfproof.errors import MachineryError
from perfproof.proof import Command, Ending, run_command


def run(code: str, *, timeout: float = 20.0, system: str | None = None) -> Ending:
    return run_command(
        Command(
            arguments=(sys.executable, "-c", code),
            folder=Path.cwd(),
            system=system,
            timeout_seconds=timeout,
        )
    )


def gone(process: int) -> bool:
    """Whether a process ended, waiting a little for its parent to see it."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


GRANDCHILD = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print(child.pid, flush=True)\n"
)


def test_output_errors_and_status_come_back() -> None:
    ending = run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert ending == Ending(status=3, output="out\n", errors="err\n")


def test_a_signal_is_a_negative_status() -> None:
    assert run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)").status == -signal.SIGKILL


@pytest.mark.parametrize("system", [None, "peers.plain"])
def test_the_system_is_told_and_an_older_one_is_not(
    system: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERFPROOF_SYSTEM", "from.outside")
    ending = run("import os; print(os.environ.get('PERFPROOF_SYSTEM'))", system=system)
    assert ending.output == f"{system}\n"


def test_at_its_timeout_a_command_ends_with_all_its_children() -> None:
    begun = time.monotonic()
    ending = run(GRANDCHILD + "time.sleep(60)", timeout=1.0)
    assert ending.status is None
    assert time.monotonic() - begun < 10
    assert gone(int(ending.output))


def test_children_that_a_command_leaves_behind_end_with_it() -> None:
    ending = run(GRANDCHILD)
    assert ending.status == 0
    assert gone(int(ending.output))


def test_endless_output_costs_no_memory_and_its_end_is_kept() -> None:
    ending = run("for n in range(40000): print('x' * 50, n)")
    assert len(ending.output) <= 64 * 1024
    assert ending.output.endswith("39999\n")


def test_bytes_that_are_no_text_are_read_all_the_same() -> None:
    assert run("import sys; sys.stdout.buffer.write(b'\\xff\\n')").output == "\ufffd\n"


def test_a_command_gets_no_input() -> None:
    assert run("import sys; print(repr(sys.stdin.read()))").output == "''\n"


def test_nothing_of_an_argument_reaches_a_shell(tmp_path: Path) -> None:
    command = Command(
        arguments=(sys.executable, "-c", "import sys; print(sys.argv[1])", "$(id); `id` > x"),
        folder=tmp_path,
        system=None,
        timeout_seconds=20,
    )
    assert run_command(command).output == "$(id); `id` > x\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("program", ["/no/such/program", "a\0b"])
def test_a_program_that_cannot_be_started_is_said(program: str, tmp_path: Path) -> None:
    command = Command(arguments=(program,), folder=tmp_path, system=None, timeout_seconds=1)
    with pytest.raises(MachineryError, match="cannot be started"):
        run_command(command)


def test_an_interrupt_ends_the_command_and_goes_on(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    sleeper = f"import os, time; open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    parent = (
        "import sys\nfrom pathlib import Path\n"
        "from perfproof.proof import Command, run_command\n"
        f"run_command(Command(arguments=(sys.executable, '-c', {sleeper!r}), folder=Path.cwd(),"
        " system=None, timeout_seconds=60))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", parent], stderr=subprocess.PIPE)
    for _ in range(1000):
        if told.exists() and told.read_text():
            break
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert b"KeyboardInterrupt" in errors
    assert gone(int(told.read_text()))
