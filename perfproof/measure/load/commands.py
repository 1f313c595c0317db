"""The commands of a scenario: their words, where they run, and the tokens that one prints."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from perfproof.errors import UseError
from perfproof.measure.load.scenario import Scenario, filled

__all__ = ["Place", "command_words", "make_tokens"]

_TOKENS_SECONDS = 60.0
_MOST_TOKEN_CHARACTERS = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the commands run.

    Attributes:
        folder: They are started there.
        variables: Environment variables beside our own.
    """

    folder: Path
    variables: Mapping[str, str]

    def environment(self, scenario: Scenario, values: Mapping[str, str]) -> dict[str, str]:
        """What a command finds in its environment; the scenario's own variables win."""
        own = {name: filled(text, values) for name, text in scenario.variables.items()}
        return {**os.environ, **self.variables, **own}


def command_words(words: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """A command of a scenario with its placeholders filled in."""
    return [filled(each, {**values, "python": sys.executable}) for each in words]


def make_tokens(scenario: Scenario, place: Place, values: Mapping[str, str]) -> tuple[str, ...]:
    """One token a connection, as the scenario's ``tokens`` command prints them.

    Raises:
        UseError: The command failed, or printed fewer tokens than there are connections.
    """
    if not scenario.tokens:
        return ()
    words = command_words(scenario.tokens, {**values, "connections": str(scenario.connections)})
    try:
        done = subprocess.run(
            words,
            cwd=place.folder,
            env=place.environment(scenario, values),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TOKENS_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as exc:
        raise UseError(f"the command cannot be run: {exc}", where="tokens") from exc
    # What it printed are secrets: not even an error quotes it.
    tokens = [line.strip() for line in done.stdout.decode("utf-8", "replace").splitlines()]
    tokens = [each for each in tokens if each and len(each) <= _MOST_TOKEN_CHARACTERS]
    if done.returncode != 0 or len(tokens) < scenario.connections:
        raise UseError(
            f"the command ended with status {done.returncode} and printed {len(tokens)} tokens for"
            f" {scenario.connections} connections",
            where="tokens",
            remedy="let it print one a line",
        )
    return tuple(tokens[: scenario.connections])
