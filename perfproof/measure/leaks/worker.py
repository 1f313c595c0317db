"""A leak worker: ``python -m perfproof.measure.leaks.worker FD``.

Walks through one suite to one benchmark, repeats it in growing rounds under memray, and writes what
survived into the survey's folder.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from pathlib import Path

import msgspec

from perfproof.errors import PerfproofError, WorkerError
from perfproof.measure.channel import Begin, Broken, Channel, Finished
from perfproof.measure.ending import end_with_the_controller
from perfproof.measure.leaks.held import Held
from perfproof.measure.leaks.order import ORDER_VARIABLE, SURVEY_FILE, SurveyOrder
from perfproof.measure.leaks.recording import Recording
from perfproof.measure.leaks.walk import LedChannel

__all__ = ["main"]


def main(argv: list[str]) -> int:
    """Survey one benchmark; the descriptor of the controller's socket is the only argument."""
    end_with_the_controller()
    order = msgspec.json.decode(os.environ.pop(ORDER_VARIABLE), type=SurveyOrder)
    folder = Path(order.folder)
    temporary = folder / "temporary"
    temporary.mkdir()
    os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
    recording = Recording(folder / "memray.bin", native=order.native)
    channel = LedChannel(
        socket.socket(fileno=int(argv[1])),
        recording,
        Held(temporary),
        budget_seconds=order.budget_seconds,
    )
    try:
        _walk(channel)
        recording.stop()
        if channel.survey is not None:
            (folder / SURVEY_FILE).write_bytes(msgspec.json.encode(channel.survey))
        channel.send(Finished(peak_rss_bytes=None))
    except WorkerError as exc:
        print(exc, file=sys.stderr)
        return 4
    except PerfproofError as exc:
        Channel.send(channel, Broken(reason=str(exc).removesuffix(".")))
        return 4
    return 0


def _walk(channel: LedChannel) -> None:
    begin = channel.receive_order()
    if not isinstance(begin, Begin):
        raise WorkerError("the first word must say which suite to walk through")
    if begin.suite == "pyperf":
        from perfproof.measure.pyperf_suite import walk_pyperf

        channel.record()
        walk_pyperf(channel, begin)
    else:
        from perfproof.measure.pytest_suite import walk_pytest

        walk_pytest(channel, begin)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
