"""What the loop itself costs: a benchmark that does nothing, through the real command line.

    python -m analysis.study.overhead --into analysis/study/data

writes ``overhead.json``. An empty call shows the loop's cost a call; a block of one empty call
what a block costs beside its calls (clocks, and what pytest-benchmark switches off meanwhile).
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from analysis.study.segment import perfproof
from perfproof.judge import process_location
from perfproof.store.journal import read_session

__all__ = ["FILE", "Overhead", "main", "measure_overhead"]

FILE = "overhead.json"

_BLOCK_NS = 3e6
_MOST_SECONDS = 300.0
_FILES = {
    "pyproject.toml": '[tool.perfproof]\npytest = ["test_nothing.py"]\npyperf = ["nothing.py"]\n',
    "test_nothing.py": (
        "def nothing():\n    pass\n\n\n"
        "def test_call(benchmark):\n    benchmark(nothing)\n\n\n"
        "def test_block(benchmark):\n    benchmark.pedantic(nothing, rounds=200, iterations=1)\n"
    ),
    "nothing.py": (
        "import pyperf\n\n\ndef nothing():\n    pass\n\n\n"
        "if __name__ == '__main__':\n    pyperf.Runner().bench_func('call', nothing)\n"
    ),
}


class Overhead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the loop costs.

    Attributes:
        call_ns: An empty benchmark, nanoseconds a call, by the kind of suite.
        block_ns: A block of one empty call, nanoseconds.
        processes: Fresh processes behind each figure.
    """

    call_ns: dict[str, float]
    block_ns: float
    processes: int

    @property
    def block_share(self) -> float:
        """Share of a block of 3 ms that is outside the benchmark's calls."""
        return self.block_ns / _BLOCK_NS


def measure_overhead(folder: Path) -> Overhead:
    """Measure in an empty folder.

    Raises:
        RuntimeError: The command failed; with what it said.
    """
    for name, text in _FILES.items():
        (folder / name).write_text(text)
    output = folder / "session.jsonl"
    words = ["run", "--quiet", "--output", str(output)]
    code, said = perfproof(words, folder, _MOST_SECONDS)
    if code != 0:
        raise RuntimeError(said)
    found = read_session(output).by_benchmark()
    nanoseconds = {
        name: 1e9 * math.exp(sum(map(process_location, samples)) / len(samples))
        for name, samples in found.items()
    }
    return Overhead(
        call_ns={
            "pytest-benchmark": nanoseconds["test_nothing.py::test_call"],
            "pyperf": nanoseconds["nothing.py::call"],
        },
        block_ns=nanoseconds["test_nothing.py::test_block"],
        processes=min(map(len, found.values())),
    )


def main(words: Sequence[str] | None = None) -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m analysis.study.overhead")
    parser.add_argument("--into", type=Path, required=True, help="folder of the recordings")
    arguments = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="study-") as scratch:
        found = measure_overhead(Path(scratch))
    text = msgspec.json.format(msgspec.json.encode(found), indent=1)
    (arguments.into / FILE).write_bytes(text + b"\n")
    print(text.decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
