"""The test command: format, lint, types, import contract, tests; one line a step, first red ends.

The slowest checks that need only one core run beside each other.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("format", ("ruff", "format", "--check", "--quiet", ".")),
    ("lint", ("ruff", "check", "--quiet", ".")),
    ("imports", ("lint-imports", "--no-cache")),
    ("types", ("mypy", "--no-error-summary")),
)
# More workers than cores, as many tests wait for servers, clocks and files.
TESTS: tuple[str, ...] = ("pytest", "-n", "3", "--dist", "worksteal", "-q", "-m", "not long")


def main(arguments: list[str]) -> int:
    """Run every step; the exit code of the first that is red, tests with ``arguments`` last."""
    started = [(name, _start(words), time.monotonic()) for name, words in STEPS]
    worst = 0
    for name, process, since in started:
        output, _ = process.communicate()
        word = "ok" if process.returncode == 0 else "RED"
        print(f"{name:<8} {word} {time.monotonic() - since:5.1f} s", flush=True)
        if process.returncode != 0:
            print(output)
            worst = worst or process.returncode
    if worst:
        return worst
    return subprocess.run(
        [BIN / TESTS[0], *TESTS[1:], *arguments], cwd=ROOT, check=False
    ).returncode


def _start(words: tuple[str, ...]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [BIN / words[0], *words[1:]],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
