"""The options of ``perfproof counts`` and ``perfproof imports``."""

from __future__ import annotations

import argparse
from pathlib import Path

from perfproof.cli.option_groups import add_choice, add_strict, positive

__all__ = ["add_counts", "add_imports"]


def add_counts(parser: argparse.ArgumentParser) -> None:
    """Add what ``perfproof counts`` takes."""
    add_choice(parser)
    add_strict(parser)
    parser.add_argument(
        "--compare",
        nargs="+",
        metavar="REF",
        help="BASE [HEAD]: count both versions from checkouts of their own (HEAD: the working"
        " tree); ids stand before it",
    )
    parser.add_argument(
        "--json", action="store_true", help="one version's counts as one line of JSON at the end"
    )
    parser.add_argument(
        "--only", choices=("instructions", "allocations"), help="count just one of the two"
    )
    parser.add_argument(
        "--by",
        choices=("valgrind", "kernel"),
        help="how instructions are counted: exactly under valgrind, or by the processor, which is"
        " quick and jitters (default: valgrind where it is installed)",
    )
    parser.add_argument(
        "--seeds",
        type=positive,
        default=2,
        metavar="N",
        help="hash seeds, a process each and the same on both sides (default: 2)",
    )


def add_imports(parser: argparse.ArgumentParser) -> None:
    """Add what ``perfproof imports`` takes."""
    parser.add_argument(
        "package",
        metavar="PACKAGE",
        help="dotted name of what is imported; or a file that this command wrote, told again",
    )
    parser.add_argument("base", nargs="?", metavar="BASE", help="git ref to hold HEAD against")
    parser.add_argument(
        "head", nargs="?", metavar="HEAD", help="git ref (default: the working tree)"
    )
    parser.add_argument(
        "--processes", type=positive, metavar="N", help="fresh processes a side (default: 12)"
    )
    parser.add_argument(
        "--most", type=positive, default=20, metavar="N", help="modules shown (default: 20)"
    )
    parser.add_argument(
        "--margin", metavar="PERCENT", help="slowdown that matters (default: 10 %%)"
    )
    add_strict(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="where every process goes (default: below .perfproof/imports)",
    )
