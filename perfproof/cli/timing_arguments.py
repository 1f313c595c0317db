"""The options of the commands on time: ``run``, ``check``, ``compare`` and ``baseline``."""

from __future__ import annotations

import argparse
from pathlib import Path

from perfproof.cli.option_groups import (
    add_choice,
    add_handover,
    add_keyword,
    add_measuring,
    add_no_allocations,
    add_stored,
    add_strict,
    positive,
)

__all__ = ["add_baseline", "add_check", "add_compare", "add_run"]


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add what ``perfproof run`` takes."""
    add_choice(parser)
    add_measuring(parser)
    add_no_allocations(parser)
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where the session goes")


def add_check(parser: argparse.ArgumentParser) -> None:
    """Add what ``perfproof check`` takes."""
    add_choice(parser)
    add_measuring(parser)
    add_stored(parser)
    add_strict(parser)
    parser.add_argument(
        "--load",
        metavar="GLOB",
        help="hold the targets of these loads: the scenario's path or name. Without it, loads are"
        " put on only where no benchmark is chosen either; with it, benchmarks are held only where"
        " some are chosen",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one line of JSON instead of the table"
    )


def add_compare(parser: argparse.ArgumentParser) -> None:
    """Add what ``perfproof compare`` takes."""
    parser.add_argument(
        "base",
        nargs="?",
        metavar="BASE",
        help="git ref, baseline:NAME or session file (default: merge base with the default branch)."
        " A baseline's commit is checked out and measured here beside HEAD; its stored numbers"
        " decide only where that commit cannot be had, or first where HEAD is a session file (what"
        " they leave undecided is measured then). Two files are compared as stored. The file of a"
        " duel alone tells its verdicts again",
    )
    parser.add_argument(
        "head",
        nargs="?",
        metavar="HEAD",
        help="git ref or session file (default: the working tree, measured now)",
    )
    add_keyword(parser)
    add_measuring(parser)
    add_strict(parser)
    parser.add_argument(
        "--stored",
        action="store_true",
        help="hold HEAD against the stored numbers of BASE alone, coarsely: check nothing out",
    )
    parser.add_argument("--margin", metavar="PERCENT", help="slowdown that matters, as in '10 %%'")
    parser.add_argument(
        "--env",
        choices=("same", "each", "built"),
        default="same",
        help="same: both sides run in this environment; each: the dependencies of each side are"
        " installed into one of its own, kept in the cache folder: those named by `requirements` in"
        " [tool.perfproof], else requirements.lock, requirements.txt, requirements/*.txt, else"
        " pyproject.toml's (a project with extension modules is built); built: like each, and the"
        " project is built in any case (default: same)",
    )
    parser.add_argument("--budget", metavar="TIME", help="time for all duels of refs, as in '60s'")
    parser.add_argument(
        "--pairs",
        type=_pairs,
        metavar="N",
        help="just N process pairs of every benchmark, stopping none (to study the noise)",
    )
    parser.add_argument(
        "--lanes",
        metavar="N",
        help="cores that pairs are measured on at once, or 'free' (default: as doctor found best)",
    )
    parser.add_argument(
        "--counts",
        action="store_true",
        help="count instructions and allocations of what is slower or undecided, on both sides"
        " after the duels, and say what a slowdown comes with",
    )
    add_no_allocations(parser)
    parser.add_argument(
        "--no-confirm",
        action="store_true",
        help="do not fight a slower verdict again in fresh pairs before it fails the job",
    )
    add_handover(parser)


def add_baseline(parser: argparse.ArgumentParser) -> None:
    """Add what the actions of ``perfproof baseline`` take."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    save = actions.add_parser("save", help="keep a session as a baseline", allow_abbrev=False)
    save.add_argument("name", metavar="NAME")
    save.add_argument(
        "session", nargs="?", type=Path, metavar="FILE", help="default: the newest measured here"
    )
    save.add_argument("--replace", action="store_true", help="overwrite one of the same name")
    listed = actions.add_parser("list", help="what is stored", allow_abbrev=False)
    listed.add_argument("--all", action="store_true", help="of every machine, not only this one")
    show = actions.add_parser("show", help="the figures of one baseline", allow_abbrev=False)
    show.add_argument("name", metavar="NAME", nargs="?", default="current")
    promote = actions.add_parser("promote", help="make one the current one", allow_abbrev=False)
    promote.add_argument("name", metavar="NAME")
    prune = actions.add_parser("prune", help="delete all but the newest", allow_abbrev=False)
    prune.add_argument("--keep", type=positive, required=True, metavar="N")
    prune.add_argument("--dry-run", action="store_true", help="only say what would go")


def _pairs(text: str) -> int:
    value = positive(text)
    if not 4 <= value <= 400:
        raise argparse.ArgumentTypeError(f"{value} pairs (choose 4 to 400)")
    return value
