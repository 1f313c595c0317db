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
from perfproof.cli.counting_arguments import add_counts, add_imports
from perfproof.cli.leak_arguments import add_leaks
from perfproof.cli.load_arguments import add_load
from perfproof.cli.option_groups import add_choice
from perfproof.cli.proof_arguments import add_doctor, add_prove
from perfproof.cli.timing_arguments import add_baseline, add_check, add_compare, add_run
from perfproof.errors import UseError

__all__ = ["COMMANDS", "build_parser"]

EPILOG = """exit codes:
  0  pass
  1  a check failed: a target missed, a benchmark slower, larger or leaking, a count grown
  2  bad use or input; the sentence says what, where and what to do
  3  nothing failed, but something mandatory is undecided (prove; others with --strict)
  4  perfproof's own machinery failed; nothing is said about your code

`perfproof COMMAND --help` shows the options of a command, and examples."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        module: Where it is run.
        summary: Its line in the help.
        add: Adds its options.
        details: What else its own help says, in sentences.
        examples: Words after ``perfproof``, as one would type them.
    """

    module: str
    summary: str
    add: Callable[[argparse.ArgumentParser], None]
    details: str = ""
    examples: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """The summary as a sentence, and the details."""
        return f"{self.summary[0].upper()}{self.summary[1:]}. {self.details}".strip()

    @property
    def epilog(self) -> str:
        """Examples below each other, and where the exit codes stand."""
        shown = "".join(f"\n  perfproof {each}" for each in self.examples)
        return f"examples:{shown}\n\nexit codes: see `perfproof --help`"


class _Parser(argparse.ArgumentParser):
    """Refuses in one sentence, with the nearest word that would have been right."""

    def error(self, message: str) -> NoReturn:
        choice = re.match(r"argument (.*?): invalid choice: '(.*?)' \(choose from (.*)\)", message)
        if choice:
            known = re.findall(r"[\w-]+", choice.group(3))
            option = choice.group(1) if choice.group(1).startswith("-") else None
            what = f"unknown value of {option}" if option else "unknown command"
            one_of = f" (choose {', '.join(known)})" if option else ""
            message = f"{what} '{choice.group(2)}'{_near(choice.group(2), known) or one_of}"
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


class _Wrapped(argparse.RawDescriptionHelpFormatter):
    """Examples as they are, the description in lines of the terminal's width."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith("examples:"):
            return super()._fill_text(text, width, indent)
        return argparse.HelpFormatter._fill_text(self, text, width, indent)


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
            name,
            help=command.summary,
            description=command.description,
            epilog=command.epilog,
            formatter_class=_Wrapped,
            allow_abbrev=False,
        )
        one.add_argument(
            "--config", type=Path, metavar="FILE", help="use this pyproject.toml (default: nearest)"
        )
        command.add(one)
    return parser


COMMANDS: dict[str, Command] = {
    "list": Command(
        "perfproof.cli.listing",
        "show what would be measured",
        add_choice,
        "Runs no benchmark. With nothing configured, every test file that says `benchmark` and"
        " every script that makes a pyperf.Runner counts.",
        ("list", "list tests/test_parse.py -k 'json and not slow'"),
    ),
    "run": Command(
        "perfproof.cli.running",
        "measure, and keep every raw value",
        add_run,
        "The session goes to .perfproof/sessions/; perfproof.load reads it into pandas.",
        ("run", "run tests/test_parse.py --processes 20 -o parse.jsonl"),
    ),
    "check": Command(
        "perfproof.cli.checking",
        "hold benchmarks and loads against their targets",
        add_check,
        "A target is met only when the whole interval of the figure is under it; a count may reach"
        " it. Targets stand in the file that [tool.perfproof] names (of time, instructions,"
        " allocations, bytes, peak and kept memory, and of loads), and in marks on tests. What no"
        " target needs is not measured.",
        (
            "check",
            "check -k parse",
            "check --load 'echo*'",
            "check --session parse.jsonl --strict",
        ),
    ),
    "compare": Command(
        "perfproof.cli.comparing",
        "hold a version against another, or against a baseline",
        add_compare,
        "Two git refs are checked out beside each other and measured in fresh process pairs, block"
        " against block, until each benchmark is slower, faster or the same within the margin, or"
        " the budget is spent.",
        (
            "compare",
            "compare v1.2 v1.3 --budget 60s",
            "compare main --margin '5 %' --counts",
            "compare baseline:before",
        ),
    ),
    "counts": Command(
        "perfproof.cli.counting",
        "instructions and allocations a call, of one or two versions",
        add_counts,
        "Counts do not jitter with the machine: any growth is one. Instructions need valgrind,"
        " allocations memray; what is missing is said.",
        ("counts -k parse", "counts --only allocations --compare main"),
    ),
    "leaks": Command(
        "perfproof.cli.leaking",
        "what benchmarks and marked tests keep of each operation",
        add_leaks,
        "Each benchmark, and each test with the mark leak_free, is repeated in growing rounds;"
        " what survives them is a rate with an interval, and the line that keeps it.",
        ("leaks", "leaks -k manager --native -o leaks.jsonl"),
    ),
    "imports": Command(
        "perfproof.cli.importing",
        "which module of an import costs what, and what changed",
        add_imports,
        "In fresh processes, with compiled files in place. Every process is kept in"
        " .perfproof/imports/; perfproof.load reads it, and its name tells it again.",
        (
            "imports my_package",
            "imports my_package main -o imports.jsonl",
            "imports ./imports.jsonl",
        ),
    ),
    "baseline": Command(
        "perfproof.cli.baselines",
        "save, list, show, promote, prune",
        add_baseline,
        "A baseline is the numbers of a session and the commit that gave them, in a folder of its"
        " machine's fingerprint, to be reviewed like code.",
        ("baseline save before", "baseline list --all", "baseline prune --keep 5"),
    ),
    "load": Command(
        "perfproof.cli.loading",
        "open-loop load on a server: tails, knee, base against head",
        add_load,
        "Arrival times are drawn before, and latency counts from the intended start, so that a"
        " stall is charged in full. A run that the driver itself held up is refused.",
        (
            "load load.toml",
            "load load.toml --sweep --figure knee.svg",
            "load load.toml main",
        ),
    ),
    "prove": Command(
        "perfproof.cli.proving",
        "every phase and check into one evidence package",
        add_prove,
        "Says GO only when every mandatory check passed; PROOF.md, proof.json, proof.html and the"
        " raw values go to the evidence folder.",
        ("prove", "prove --check cold-start", "prove --demonstrate"),
    ),
    "doctor": Command(
        "perfproof.cli.doctor",
        "what this machine is, and what could be seen on it today",
        add_doctor,
        "Also tries how duels best use the cores; `compare` does as it found.",
        ("doctor", "doctor --quick"),
    ),
}
