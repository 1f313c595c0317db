"""Kills and interrupts in the middle of a duel: what is said, what is kept, and what is left."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.armed_suites import QUICK, VICTIM, armed_project, stopped_inside
from tests.cli.controllers import Controller, comparing, eventually, marked, workers
from tests.cli.versions import duel_of, folders_left, picture

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

WORKTREES = 3


def without_worktrees(root: Path) -> tuple[str, ...]:
    """What a kill must not change either, whatever it leaves behind."""
    seen = picture(root)
    return *seen[:WORKTREES], *seen[WORKTREES + 1 :]


def test_a_killed_worker_costs_its_benchmark_and_is_named(tmp_path: Path) -> None:
    root = armed_project(tmp_path, child=True)
    before = picture(root)
    with comparing(root, *QUICK) as controller:
        standing = stopped_inside(controller)
        assert standing in workers(controller, "head")
        os.kill(standing, signal.SIGKILL)
        done = controller.done()
        left = marked(root)
    assert f"{VICTIM}: worker on the head: the worker was ended by signal 9 (SIGKILL)" in (
        done.stdout
    )
    verdicts = [line.split() for line in done.stdout.splitlines()]
    (plain,) = [words for words in verdicts if words[:1] == ["test_plain"]]
    assert "4/4" in plain
    assert "slower" not in plain
    assert not any(words[:1] == ["test_victim"] for words in verdicts)
    assert done.returncode == 1
    assert duel_of(root).complete
    assert left == set()
    assert folders_left(root) == []
    assert picture(root) == before


def test_a_killed_controller_leaves_no_worker_and_what_it_leaves_goes_the_next_time(
    tmp_path: Path,
) -> None:
    root = armed_project(tmp_path)
    before = picture(root)
    with comparing(root, *QUICK) as controller:
        stopped_inside(controller)
        os.kill(controller.pid, signal.SIGKILL)
        controller.process.wait()
        assert eventually(lambda: not marked(root), 20)
    assert folders_left(root) != []
    assert without_worktrees(root) == tuple(
        each for place, each in enumerate(before) if place != WORKTREES
    )
    cut = duel_of(root)
    assert not cut.complete
    assert cut.samples
    assert cut.header.duel is not None
    assert cut.header.duel.head_name == "working tree"

    with comparing(root, *QUICK, "-k", "test_plain") as controller:
        done = controller.done()
    assert "test_plain" in done.stdout
    assert done.returncode in (0, 1)
    assert "slower" not in done.stdout.replace("wrong 'slower'", "")
    assert folders_left(root) == []
    assert picture(root) == before


def to_the_controller(controller: Controller) -> None:
    os.kill(controller.pid, signal.SIGINT)


def to_the_group(controller: Controller) -> None:
    os.killpg(controller.pid, signal.SIGINT)


@pytest.mark.parametrize("interrupt", [to_the_controller, to_the_group])
def test_ctrl_c_ends_even_what_hangs_and_says_where_the_rest_is(
    tmp_path: Path, interrupt: Callable[[Controller], None]
) -> None:
    root = armed_project(tmp_path, child=True)
    before = picture(root)
    with comparing(root, *QUICK, "--quiet") as controller:
        stopped_inside(controller)
        interrupt(controller)
        # Less than the twenty seconds after which the hanging worker would be given up.
        done = controller.done(15)
        left = marked(root)
    (file,) = (root / ".perfproof/duelled").glob("*.jsonl")
    assert done.returncode == 130
    assert done.stderr.splitlines() == [
        f"interrupted; what was measured is kept in {file}",
        "perfproof: interrupted.",
    ]
    assert done.stdout == ""
    assert duel_of(root).samples
    assert not duel_of(root).complete
    assert left == set()
    assert folders_left(root) == []
    assert picture(root) == before
