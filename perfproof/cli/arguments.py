"""Every command, option and default, as argparse knows them.

argparse rather than typer or click: `perfproof --help` takes 30 ms with it and 126 ms with
typer, and completion scripts, agents and CI call it more often than people do.
"""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from perfproof import __version__
from perfproof.errors import UseError

__all__ = ["COMMANDS", "build_parser"]

EPILOG = """exit codes:
  0  pass
  1  a check failed, a target was missed, a benchmark is slower
  2  bad use or input; the sentence says what, where and what to do
  3  nothing failed, but something mandatory is undecided (prove; others with --strict)
  4  perfproof's own machinery failed; nothing is said about your code"""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: where it is run, its line in the help, and how its options are added."""

    module: str
    summary: str
    add: Callable[[argparse.ArgumentParser], None]


class _Parser(argparse.ArgumentParser):
    """Refuses in one sentence, with the nearest word that would have been right."""

    def error(self, message: str) -> NoReturn:
        choice = re.match(r"argument .*?: invalid choice: '(.*?)' \(choose from (.*)\)", message)
        if choice:
            known = re.findall(r"[\w-]+", choice.group(2))
            message = f"unknown command '{choice.group(1)}'{_near(choice.group(1), known)}"
        unknown = re.match(r"unrecognized arguments: (\S+)", message)
        if unknown:
            message = f"unknown option or argument '{unknown.group(1)}'" + _near(
                unknown.group(1),
                [each for action in self._actions for each in action.option_strings],
            )
        raise UseError(message, remedy=f"see `{self.prog} --help`")

    def parse_known_args(  # type: ignore[override]  # only the plain form is used here
        self, args: list[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        # A subparser hands what it does not know to the top, which knows fewer options: said
        # here, the nearest spelling is looked for among the right ones.
        known, extras = super().parse_known_args(args, namespace)
        if extras:
            self.error(f"unrecognized arguments: {' '.join(extras)}")
        return known, extras


def _near(word: str, known: list[str]) -> str:
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f" (did you mean '{found[0]}'?)" if found else ""


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = _Parser(
        prog="perfproof",
        description="Did this commit make us slower, leakier or less reliable, and how sure is"
        " that? Runs the pytest-benchmark and pyperf suites you have and judges them with"
        " stated error rates.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"perfproof {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        one = commands.add_parser(
            name, help=command.summary, description=command.summary, allow_abbrev=False
        )
        one.add_argument(
            "--config", type=Path, metavar="FILE", help="use this pyproject.toml (default: nearest)"
        )
        command.add(one)
    return parser


def _positive(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1")
    return value


def _pairs(text: str) -> int:
    value = _positive(text)
    if not 4 <= value <= 400:
        raise argparse.ArgumentTypeError(f"{value} pairs (choose 4 to 400)")
    return value


def _choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "node_ids", nargs="*", metavar="NODE_ID", help="benchmarks, files or folders (default: all)"
    )
    _keyword(parser)


def _keyword(parser: argparse.ArgumentParser) -> None:
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


def _measuring(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--processes", type=_positive, metavar="N", help="fresh processes a benchmark"
    )
    parser.add_argument("--blocks", type=_positive, metavar="N", help="blocks in each process")
    parser.add_argument(
        "--seed", type=_positive, metavar="N", help="seed of orders and hash seeds (default: drawn)"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress, only results")


def _stored(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--session", type=Path, metavar="FILE", help="judge this stored session, measure nothing"
    )


def _strict(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--strict",
        action="store_true",
        help="exit 3 when nothing failed but something is undecided",
    )


def _run(parser: argparse.ArgumentParser) -> None:
    _choice(parser)
    _measuring(parser)
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where the session goes")


def _check(parser: argparse.ArgumentParser) -> None:
    _choice(parser)
    _measuring(parser)
    _stored(parser)
    _strict(parser)


def _compare(parser: argparse.ArgumentParser) -> None:
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
    _keyword(parser)
    _measuring(parser)
    _strict(parser)
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
        "--no-confirm",
        action="store_true",
        help="do not fight a slower verdict again in fresh pairs before it fails the job",
    )


def _baseline(parser: argparse.ArgumentParser) -> None:
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
    prune.add_argument("--keep", type=_positive, required=True, metavar="N")
    prune.add_argument("--dry-run", action="store_true", help="only say what would go")


def _prove(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check", action="append", default=[], metavar="ID", help="only this check (repeatable)"
    )
    parser.add_argument("--system", metavar="MODULE", help="prove this module instead")
    _measuring(parser)
    _stored(parser)
    parser.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="evidence folder")
    parser.add_argument(
        "--demonstrate",
        action="store_true",
        help="run each check under its sabotage and write down which ones were seen to turn red",
    )


def _doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--processes",
        type=_positive,
        metavar="N",
        help="fresh processes to look at the noise, and pairs in each way of using the cores",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="leave out trying how duels best use the cores (about a minute)",
    )


COMMANDS: dict[str, Command] = {
    "list": Command("perfproof.cli.listing", "show what would be measured", _choice),
    "run": Command("perfproof.cli.running", "measure, and keep every raw value", _run),
    "check": Command("perfproof.cli.checking", "hold benchmarks against their targets", _check),
    "compare": Command(
        "perfproof.cli.comparing", "hold a version against another, or against a baseline", _compare
    ),
    "baseline": Command("perfproof.cli.baselines", "save, list, show, promote, prune", _baseline),
    "prove": Command(
        "perfproof.cli.proving", "every phase and check into one evidence package", _prove
    ),
    "doctor": Command(
        "perfproof.cli.doctor", "what this machine is, and what could be seen on it today", _doctor
    ),
}
