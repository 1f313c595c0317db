"""Try one claim on one system and print, as the last line, how often it failed.

The line is a JSON object: trials, failures, and the first failure as an example; or the reason why
all of it was skipped, when a real part cannot be had. The exit status is 0 whatever was counted; 2
when nothing could be tried.
"""

import argparse
import json
import secrets
import sys
from dataclasses import asdict
from random import Random

from benchmarks.choice import VARIABLE, default_system
from benchmarks.driving import in_running_loop
from benchmarks.probes.table import PROBES
from benchmarks.probes.trial import count
from benchmarks.servers import Unavailable
from system_under_test.protocol import load_system


def main(words: list[str]) -> int:
    """Return the exit status."""
    options = _parser().parse_args(words)
    probe = PROBES[options.name]
    seed = secrets.randbits(32) if options.seed is None else options.seed
    print(f"{options.name} on {options.system}, seed {seed}: {probe.tries}", flush=True)
    system = load_system(options.system, probe.parts)
    trials = probe.load()(system, Random(seed), options.trials or probe.count)
    try:
        counted = in_running_loop(lambda: count(trials))
    except Unavailable as missing:
        print(json.dumps({"skipped": str(missing)}))
        return 0
    if not counted.trials:
        print(f"probe {options.name} found nothing to try on {options.system}", file=sys.stderr)
        return 2
    print(json.dumps(asdict(counted)))
    return 0


def _parser() -> argparse.ArgumentParser:
    names = "\n".join(f"  {name:<14}{probe.tries}" for name, probe in PROBES.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.probes",
        description=f"Try one claim many times:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=PROBES, metavar="NAME")
    parser.add_argument(
        "--system",
        metavar="MODULE",
        default=default_system(),
        help=f"module of the system (default: {VARIABLE}, else the reference)",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="repeat a run (default: drawn)")
    parser.add_argument("--trials", type=int, metavar="N", help="trials instead of the usual ones")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
