"""How often is a clean suite accused? `python -m benchmarks.clean_suites --verdicts 200`.

Repeats `perfproof leaks` over the reference suites until so many verdicts are there, each from
fresh processes, and says how many were leaks, with a bound for the rate of false alarms. The exit
status is 1 for any leak, 2 when the command gave no report.
"""

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from perfproof.judge import failure_rate
from perfproof.record import LeakReport, LeakVerdict
from perfproof.report.leaks import leak_sentence

_COMMAND: Final = (sys.executable, "-m", "perfproof", "leaks", "--json", "--quiet")
_LONGEST_SECONDS: Final = 3_600
_LEVEL: Final = 0.95


def main(words: list[str]) -> int:
    """Return the exit status."""
    options = _parser().parse_args(words)
    jobs = [] if options.jobs is None else ["--jobs", options.jobs]
    seen: Counter[str] = Counter()
    while seen.total() < options.verdicts:
        report = _one_pass([*jobs, *options.node_ids])
        if report is None or not report.results:
            return 2
        seen.update(str(each.verdict) for each in report.results)
        for each in report.results:
            if each.verdict is not LeakVerdict.FREE:
                said = leak_sentence(each.leaks[0]) if each.leaks else each.reason
                print(f"{each.benchmark}: {each.verdict}: {said}", flush=True)
        for trouble in report.troubles:
            print(trouble, flush=True)
        print(f"{seen.total()} verdicts: {dict(seen)}", flush=True)
    alarms = seen[LeakVerdict.LEAK]
    rate = failure_rate(alarms, seen.total(), level=_LEVEL)
    ends = "not known" if rate.low is None else f"{rate.low:.2%} to {rate.high:.2%}"
    print(f"{alarms} false alarms in {seen.total()} verdicts: {ends} ({_LEVEL:.0%} confidence)")
    return 1 if alarms else 0


def _one_pass(words: Sequence[str]) -> LeakReport | None:
    done = subprocess.run(
        [*_COMMAND, *words],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=_LONGEST_SECONDS,
    )
    lines = done.stdout.splitlines()
    if done.returncode not in (0, 1) or not lines:
        return None
    return msgspec.json.decode(lines[-1], type=LeakReport)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clean_suites")
    parser.add_argument("node_ids", nargs="*", metavar="NODE_ID", help="default: all benchmarks")
    parser.add_argument("--verdicts", type=int, default=200, metavar="N", help="default: 200")
    parser.add_argument("--jobs", metavar="N", help="benchmarks at once")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
