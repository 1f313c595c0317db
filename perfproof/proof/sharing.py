"""Several checks of one proof that name the same command share one run of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from perfproof.proof.doors import Command, Ending

__all__ = ["shared"]


def shared(run_command: Callable[[Command], Ending]) -> Callable[[Command], Ending]:
    """``run_command`` that runs each command once a system, and then tells how that ended.

    A run that was ended at its timeout counts only for who would not have waited longer; a
    failure of the machinery is not kept.
    """
    endings: dict[Command, tuple[float, Ending]] = {}

    def run(command: Command) -> Ending:
        same = replace(command, timeout_seconds=0.0)
        known = endings.get(same)
        if known is not None:
            waited, ending = known
            if ending.status is not None or command.timeout_seconds <= waited:
                return ending
        ending = run_command(command)
        endings[same] = (command.timeout_seconds, ending)
        return ending

    return run
