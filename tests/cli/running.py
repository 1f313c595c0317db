"""The installed command, run as a user runs it: a child process in the project's folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PERFPROOF = Path(sys.executable).with_name("perfproof")


def perfproof(root: Path, *words: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run ``perfproof words`` in ``root``, its output kept."""
    return subprocess.run(
        [PERFPROOF, *words],
        cwd=root,
        env=surroundings(),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def surroundings() -> dict[str, str]:
    """The environment without what pytest and a developer's shell put into it."""
    ours = {"PERFPROOF_SYSTEM", "PERFPROOF_TRACEBACK", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST"}
    return {key: value for key, value in os.environ.items() if key not in ours}
