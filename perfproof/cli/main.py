"""From words to an exit code; the one place where errors become sentences."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from perfproof.cli.arguments import COMMANDS, build_parser
from perfproof.cli.streams import aside, into_nothing, unread
from perfproof.errors import ExitCode, PerfproofError

__all__ = ["entry", "main"]


def main(words: Sequence[str]) -> int:
    """Run one command; every failure ends in one sentence on stderr, never in a traceback.

    Returns:
        The exit code, see :class:`perfproof.errors.ExitCode`.
    """
    try:
        arguments = build_parser().parse_args(words)
        command = importlib.import_module(COMMANDS[arguments.command].module)
        code = int(command.run(arguments))
        with unread(sys.stdout):
            sys.stdout.flush()
    except PerfproofError as exc:
        return _said(str(exc), exc.exit_code)
    except KeyboardInterrupt:
        return _said("interrupted.", ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader (head, a pager) has gone: what it read was right, the rest is not wanted.
        into_nothing(sys.stdout)
        return ExitCode.PASS
    except Exception as exc:
        if os.environ.get("PERFPROOF_TRACEBACK"):
            raise
        kind = type(exc).__name__
        sentence = f"a fault in perfproof itself: {kind}: {exc}"
        return _said(f"{sentence} (set PERFPROOF_TRACEBACK=1, report it).", ExitCode.MACHINERY)
    return code


def entry() -> None:
    """The console script."""
    # Started with an output closed, Python has None there, and the next file gets its number.
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115
    sys.exit(main(sys.argv[1:]))


def _said(sentence: str, code: ExitCode) -> ExitCode:
    try:
        sys.stdout.flush()
    except OSError:
        into_nothing(sys.stdout)
    aside(f"perfproof: {' '.join(sentence.split())}")
    return code
