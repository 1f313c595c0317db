"""Commands from the configuration as benchmarks: a call is one run, from its start to its end."""

from __future__ import annotations

import hashlib
import os
import sys

from perfproof.configuration.commands import PYTHON, CommandEntry
from perfproof.measure.blocks import Subject, serve
from perfproof.measure.channel import Begin, Channel, Entered, Found, Left, sayable
from perfproof.measure.command_runs import RunError, Runs
from perfproof.record import Benchmark

__all__ = ["FOLDER", "walk_commands"]

FOLDER = "command"
"""Stands in ids where benchmarks of suites have their file."""


def walk_commands(channel: Channel, begin: Begin) -> None:
    """Stop at each command that is asked for."""
    by_id = {f"{FOLDER}::{each.name}": each for each in begin.commands}
    for name in begin.ids or tuple(by_id):
        if name not in by_id:
            continue
        benchmark = _described(name, by_id[name])
        if begin.task == "list":
            channel.send(Found(benchmark=benchmark))
            continue
        channel.send(Entered(benchmark=name))
        channel.send(_measured(channel, benchmark, by_id[name]))


def _described(name: str, entry: CommandEntry) -> Benchmark:
    words = "\0".join((*entry.command, str(entry.expect_exit), entry.output))
    return Benchmark(
        id=name,
        name=entry.name,
        runner="command",
        program=True,
        source_hash=hashlib.sha256(os.fsencode(words)).hexdigest()[:16],
    )


def _measured(channel: Channel, benchmark: Benchmark, entry: CommandEntry) -> Left:
    runs = Runs(
        [sys.executable if each == PYTHON else each for each in entry.command],
        expect_exit=entry.expect_exit,
        timeout_seconds=entry.timeout_seconds,
    )
    try:
        output_hash = None
        if entry.output == "same":
            output_hash = runs.written()
        else:
            runs.weigh()
        serve(
            channel,
            Subject(
                benchmark=benchmark,
                time_block=runs.time_block,
                program=runs,
                output_hash=output_hash,
            ),
        )
    except (RunError, OSError) as exc:
        return Left(benchmark=benchmark.id, trouble="failed", reason=sayable(str(exc)))
    return Left(benchmark=benchmark.id)
