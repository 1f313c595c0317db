"""A measuring process: ``python -m perfproof.measure.worker FD``.

Started by the controller with one end of a socket; walks through one suite and ends.
"""

from __future__ import annotations

import random
import socket
import sys

from perfproof.errors import WorkerError
from perfproof.measure.accounting import peak_rss_bytes
from perfproof.measure.channel import Begin, Channel, Finished
from perfproof.measure.ending import end_with_the_controller

__all__ = ["main"]


def main(argv: list[str]) -> int:
    """Serve one suite over the socket whose descriptor is the only argument."""
    end_with_the_controller()
    channel = Channel(socket.socket(fileno=int(argv[1])))
    try:
        _walk(channel)
        channel.send(Finished(peak_rss_bytes=peak_rss_bytes()))
    except WorkerError as exc:
        # The controller is gone or confused; nobody is left to tell but the log.
        print(exc, file=sys.stderr)
        return 4
    return 0


def _walk(channel: Channel) -> None:
    begin = channel.receive_order()
    if not isinstance(begin, Begin):
        raise WorkerError("the first word must say which suite to walk through")
    kept = lay_out_memory(begin.padding)
    if begin.suite == "pyperf":
        from perfproof.measure.pyperf_suite import walk_pyperf

        walk_pyperf(channel, begin)
    elif begin.suite == "command":
        from perfproof.measure.commands import walk_commands

        walk_commands(channel, begin)
    else:
        from perfproof.measure.pytest_suite import walk_pytest

        walk_pytest(channel, begin)
    del kept


def lay_out_memory(seed: int) -> list[bytes]:
    """Blocks of many sizes with holes between them, drawn from ``seed``; kept while measuring.

    Where code and objects come to lie moves timings by a per cent; drawn anew for each pair, it
    is scatter that is measured instead of a difference that is believed.
    """
    if not seed:
        return []
    draw = random.Random(seed)
    blocks = [bytes(draw.randrange(16, 512)) for _ in range(2000)]
    draw.shuffle(blocks)
    return blocks[: draw.randrange(500, 1500)]


if __name__ == "__main__":
    sys.exit(main(sys.argv))
