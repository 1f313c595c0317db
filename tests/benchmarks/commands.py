"""The users' own command lines, run for real from the project's folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def python(*words: str, system: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run this interpreter; with `system`, PERFPROOF_SYSTEM names it."""
    variables = {key: value for key, value in os.environ.items() if key != "PERFPROOF_SYSTEM"}
    if system is not None:
        variables["PERFPROOF_SYSTEM"] = system
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
