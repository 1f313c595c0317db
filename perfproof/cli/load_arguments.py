"""The options of ``perfproof load``."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["add_load"]

_FEWEST_ROUNDS, _MOST_ROUNDS = 4, 100


def add_load(parser: argparse.ArgumentParser) -> None:
    """Add what ``perfproof load`` takes."""
    parser.add_argument("scenario", type=Path, metavar="SCENARIO", help="a TOML file: url, rate, …")
    parser.add_argument(
        "base",
        nargs="?",
        metavar="BASE",
        help="git ref: start its server beside HEAD's and hold the tails against each other",
    )
    parser.add_argument(
        "head", nargs="?", metavar="HEAD", help="git ref (default: the working tree)"
    )
    parser.add_argument("--url", metavar="URL", help="instead of the scenario's")
    parser.add_argument(
        "--rate", type=_rate, metavar="N", help="requests a second, instead of the scenario's"
    )
    parser.add_argument(
        "--duration", metavar="TIME", help="as in '30 s', instead of the scenario's"
    )
    parser.add_argument(
        "--sweep",
        action="store_true",
        help="find the highest rate at which the highest quantile of [limits] keeps its limit",
    )
    parser.add_argument(
        "--figure", type=Path, metavar="FILE", help="write the curve of a sweep there, as SVG"
    )
    parser.add_argument("--margin", metavar="PERCENT", help="slowdown that matters, as in '10 %%'")
    parser.add_argument(
        "--rounds",
        type=_rounds,
        default=12,
        metavar="N",
        help="at most so many rounds of fresh servers with BASE (default: 12)",
    )
    parser.add_argument("--seed", type=_seed, metavar="N", help="of arrival times (default: drawn)")
    parser.add_argument(
        "--strict",
        action="store_true",
        help="exit 3 when nothing failed but something is undecided",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where the runs go")


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number above 0")
    return value


def _rounds(text: str) -> int:
    value = _whole(text)
    if not _FEWEST_ROUNDS <= value <= _MOST_ROUNDS:
        raise argparse.ArgumentTypeError(
            f"{value} rounds (choose {_FEWEST_ROUNDS} to {_MOST_ROUNDS})"
        )
    return value


def _seed(text: str) -> int:
    value = _whole(text)
    if not 1 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1 to 2^32")
    return value


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number") from None
