"""What ``perfproof compare --json`` prints in its last line, for whoever reads it by program."""

from __future__ import annotations

import msgspec

from perfproof.record.benchmark import Trouble
from perfproof.record.verdict import Comparisons

__all__ = ["REPORT_SCHEMA", "ComparisonReport"]

REPORT_SCHEMA = 1
"""Number of the format; it grows when a reader of the one before would be misled."""


class ComparisonReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that a comparison says.

    Attributes:
        schema: Number of the format.
        comparisons: The verdicts, with their intervals and notes; of stored numbers and then of a
            duel, where a baseline took both.
        troubles: What gave no verdict, and why.
        exit_code: What the command ended with.
    """

    schema: int
    comparisons: tuple[Comparisons, ...]
    troubles: tuple[Trouble, ...]
    exit_code: int
