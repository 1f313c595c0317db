"""Cold starts as a pyperf script: `python benchmarks/perf_import.py`.

Each is a whole process, from its start to its end; `interpreter` alone shows how much of that is
Python's own.
"""

import argparse
import sys
from typing import Any

import pyperf

from benchmarks.choice import default_system


def pass_system_on(command: list[str], args: argparse.Namespace) -> None:
    """Tell pyperf's worker processes, whose environment is a clean one, what they measure."""
    command.extend(("--system", args.system))


def main(runner: Any) -> None:  # noqa: ANN401 - pyperf has no types
    runner.argparser.add_argument("--system", metavar="MODULE", default=default_system())
    system = runner.parse_args().system
    runner.bench_command("interpreter", [sys.executable, "-c", "pass"])
    runner.bench_command("import_package", [sys.executable, "-c", "import system_under_test"])
    # The package loads its parts when they are used; a system module uses them all.
    runner.bench_command("import_everything", [sys.executable, "-c", f"import {system}"])


if __name__ == "__main__":
    main(pyperf.Runner(add_cmdline_args=pass_system_on))
