"""The options of ``perfproof prove`` and ``perfproof doctor``."""

from __future__ import annotations

import argparse
from pathlib import Path

from perfproof.cli.option_groups import add_measuring, add_stored, positive

__all__ = ["add_doctor", "add_prove"]


def add_prove(parser: argparse.ArgumentParser) -> None:
    """Add what ``perfproof prove`` takes."""
    parser.add_argument(
        "--check", action="append", default=[], metavar="ID", help="only this check (repeatable)"
    )
    parser.add_argument("--system", metavar="MODULE", help="prove this module instead")
    add_measuring(parser)
    add_stored(parser)
    parser.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="evidence folder")
    parser.add_argument(
        "--demonstrate",
        action="store_true",
        help="run each check under its sabotage and write down which ones were seen to turn red",
    )


def add_doctor(parser: argparse.ArgumentParser) -> None:
    """Add what ``perfproof doctor`` takes."""
    parser.add_argument(
        "--processes",
        type=positive,
        metavar="N",
        help="fresh processes to look at the noise, and pairs in each way of using the cores",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="leave out trying how duels best use the cores (about a minute)",
    )
