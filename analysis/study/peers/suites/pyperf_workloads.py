"""The workloads as a pyperf script; run with a version of the project on the path.

python pyperf_workloads.py --workload json-small --workload calls-large -o FILE
"""

import argparse

import pyperf
from workloads.catalogue import CATALOGUE  # type: ignore[import-not-found]


def add_arguments(command: list[str], arguments: argparse.Namespace) -> None:
    """Hand the choice on to the workers."""
    command += [f"--workload={name}" for name in arguments.workload]


def main() -> None:
    """Time the chosen workloads."""
    runner = pyperf.Runner(add_cmdline_args=add_arguments)
    runner.argparser.add_argument("--workload", action="append", required=True)
    for chosen in runner.parse_args().workload:
        name, size = chosen.split("-")
        runner.bench_func(chosen, CATALOGUE[name].sized(size))


if __name__ == "__main__":
    main()
