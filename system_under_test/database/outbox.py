"""Events of a transaction: they go out after its commit, in order, and never without it."""

import logging
from collections.abc import Callable

import msgspec

Send = Callable[[], object]
"""Sends one thing; what it returns is not looked at, and a coroutine is not awaited."""

_log = logging.getLogger(__name__)


class OutboxCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What became of everything that was queued: `queued` is the three others and what waits.

    Attributes:
        queued: Sends that were queued.
        sent: Those that ran after their commit.
        failed: Those that ran after their commit and raised.
        dropped: Those whose transaction was not committed, or not known to be.
    """

    queued: int = 0
    sent: int = 0
    failed: int = 0
    dropped: int = 0


class OutboxTally:
    """The running counts of one manager."""

    __slots__ = ("dropped", "failed", "queued", "sent")

    def __init__(self) -> None:
        self.queued = self.sent = self.failed = self.dropped = 0

    def counts(self) -> OutboxCounts:
        """Return them as they stand."""
        return OutboxCounts(
            queued=self.queued, sent=self.sent, failed=self.failed, dropped=self.dropped
        )


class Outbox:
    """What one transaction will have to say once it is committed."""

    __slots__ = ("_sends", "_tally")

    def __init__(self, tally: OutboxTally) -> None:
        self._sends: list[Send] = []
        self._tally = tally

    def queue(self, send: Send) -> None:
        """Let `send` run after the commit."""
        self._sends.append(send)
        self._tally.queued += 1

    def release(self) -> None:
        """Run every send, in order; the commit has happened.

        One that fails does not undo the commit and does not keep back the others: it is logged and
        counted.
        """
        sends, self._sends = self._sends, []
        for send in sends:
            try:
                send()
            except Exception:
                self._tally.failed += 1
                _log.exception("an event of a committed transaction could not be sent")
            else:
                self._tally.sent += 1

    def drop(self) -> None:
        """Forget every send: the transaction was not committed."""
        self._tally.dropped += len(self._sends)
        self._sends = []
