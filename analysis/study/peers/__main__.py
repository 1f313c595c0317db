"""Record the peers: each scenario by each of them, interleaved by chance, for a stated time.

    python -m analysis.study.peers --minutes 12 --into analysis/study/data

Needs the package index to make the environments. The minutes count from when these stand; rows are
added to what the folder holds. Ctrl-C and SIGTERM cost the comparison under way.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from analysis.study.peers.agenda import PEER_SHARES, Agenda
from analysis.study.peers.by_asv import Asv
from analysis.study.peers.by_pyperf import Pyperf
from analysis.study.peers.by_pytest_benchmark import PytestBenchmark
from analysis.study.peers.gear import Ground, install
from analysis.study.peers.peer import Peer
from analysis.study.peers.recording import Surroundings, prepared, record
from analysis.study.peers.rows import ROWS
from analysis.study.versions import make_repository
from perfproof.errors import ExitCode, PerfproofError

__all__ = ["main"]


def main(words: Sequence[str] | None = None) -> int:
    """Make the environments, compare, and say how many comparisons there were."""
    parser = argparse.ArgumentParser(prog="python -m analysis.study.peers")
    parser.add_argument("--minutes", type=float, default=12.0, help="of comparing, in this call")
    parser.add_argument("--into", type=Path, required=True, help=f"folder of {ROWS}")
    parser.add_argument("--seed", type=int, default=None, help="of the order (default: drawn)")
    parser.add_argument(
        "--only", choices=PEER_SHARES, action="append", help="this peer (more than once: these)"
    )
    arguments = parser.parse_args(words)
    # Peers run in sessions of their own and do not see what ends this; SIGINT is ignored in the
    # background of a shell.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    arguments.into.mkdir(parents=True, exist_ok=True)
    draw = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(prefix="peers-") as scratch:
        try:
            peers = _peers(Path(scratch), draw)
            wanted = [each for each in peers if each.name in (arguments.only or PEER_SHARES)]
            path = arguments.into / ROWS
            ready = prepared(wanted, path)
            agenda = Agenda(list(ready), 60 * arguments.minutes, draw)
            count = record(ready, agenda, path, Surroundings())
        except KeyboardInterrupt:
            print("interrupted; what was finished is kept", file=sys.stderr)
            return ExitCode.INTERRUPTED
        except PerfproofError as error:
            print(error, file=sys.stderr)
            return error.exit_code
    print(f"{count} comparisons; the rows are in {path}")
    return ExitCode.PASS


def _peers(scratch: Path, draw: random.Random) -> list[Peer]:
    make_repository(scratch / "project")
    ground = Ground(install(scratch / "gear"), scratch / "project", scratch)
    return [PytestBenchmark(ground), Pyperf(ground, draw), Asv(ground)]


if __name__ == "__main__":
    sys.exit(main())
