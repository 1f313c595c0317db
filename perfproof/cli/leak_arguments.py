"""The options of ``perfproof leaks``."""

from __future__ import annotations

import argparse
from pathlib import Path

from perfproof.cli.option_groups import add_choice, add_strict, positive

__all__ = ["add_leaks"]


def add_leaks(parser: argparse.ArgumentParser) -> None:
    """Add what ``perfproof leaks`` takes."""
    add_choice(parser)
    add_strict(parser)
    parser.add_argument(
        "--compare",
        nargs="+",
        metavar="REF",
        help="BASE [HEAD]: which of two versions keeps more, from checkouts of their own (HEAD: the"
        " working tree); ids stand before it",
    )
    parser.add_argument(
        "--native", action="store_true", help="record frames of C code too (slower)"
    )
    parser.add_argument(
        "--seconds", metavar="TIME", help="time for a benchmark's rounds, as in '1.2 s'"
    )
    parser.add_argument(
        "--jobs", type=positive, metavar="N", help="benchmarks at once (default: one a core)"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress, only results")
    parser.add_argument("--json", action="store_true", help="print the verdicts as one JSON line")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="write all that is seen as JSON lines, a benchmark at a time (end the name in .jsonl:"
        " then perfproof.load finds it in a folder)",
    )
