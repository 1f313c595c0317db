"""Options that several commands take, and the numbers that they accept."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = [
    "add_choice",
    "add_handover",
    "add_keyword",
    "add_measuring",
    "add_no_allocations",
    "add_stored",
    "add_strict",
    "positive",
]


def positive(text: str) -> int:
    """A whole number from 1, as argparse wants its types."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1")
    return value


def add_choice(parser: argparse.ArgumentParser) -> None:
    """Which benchmarks: by id, file or folder, by keyword, of which suites and system."""
    parser.add_argument(
        "node_ids", nargs="*", metavar="NODE_ID", help="benchmarks, files or folders (default: all)"
    )
    add_keyword(parser)


def add_keyword(parser: argparse.ArgumentParser) -> None:
    """Which benchmarks, where the positions are taken by something else."""
    parser.add_argument(
        "--pytest",
        action="append",
        metavar="PATH",
        help="file or folder with pytest-benchmark tests, instead of the settings (repeatable)",
    )
    parser.add_argument(
        "--pyperf",
        action="append",
        metavar="GLOB",
        help="pyperf scripts, instead of the settings (repeatable)",
    )
    parser.add_argument(
        "-k", dest="keyword", metavar="EXPRESSION", help="as in -k 'manager and not cold'"
    )
    parser.add_argument(
        "--system",
        metavar="MODULE",
        help="put this module in the measured system's place (PERFPROOF_SYSTEM for the suites)",
    )


def add_measuring(parser: argparse.ArgumentParser) -> None:
    """How often, and with which seed."""
    parser.add_argument(
        "--processes", type=positive, metavar="N", help="fresh processes a benchmark"
    )
    parser.add_argument("--blocks", type=positive, metavar="N", help="blocks in each process")
    parser.add_argument(
        "--seed", type=positive, metavar="N", help="seed of orders and hash seeds (default: drawn)"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress, only results")


def add_no_allocations(parser: argparse.ArgumentParser) -> None:
    """Whether allocations are left out, which are counted after the timing."""
    parser.add_argument(
        "--no-allocations",
        action="store_true",
        help="do not count allocations after the timing, in one process more a suite and side (of"
        " commands they are not counted; a growth is shown and changes no exit code)",
    )


def add_stored(parser: argparse.ArgumentParser) -> None:
    """A session that is judged instead of measuring."""
    parser.add_argument(
        "--session", type=Path, metavar="FILE", help="judge this stored session, measure nothing"
    )


def add_strict(parser: argparse.ArgumentParser) -> None:
    """Whether `undecided` is an exit code of its own."""
    parser.add_argument(
        "--strict",
        action="store_true",
        help="exit 3 when nothing failed but something is undecided",
    )


def add_handover(parser: argparse.ArgumentParser) -> None:
    """What a CI system takes beside the terminal's lines."""
    parser.add_argument(
        "--summary",
        type=Path,
        metavar="FILE",
        help='add the table there as Markdown, as in --summary "$GITHUB_STEP_SUMMARY"',
    )
    parser.add_argument(
        "--junit", type=Path, metavar="FILE", help="write the verdicts there as JUnit XML"
    )
    parser.add_argument("--json", action="store_true", help="end with all of it as a JSON line")
