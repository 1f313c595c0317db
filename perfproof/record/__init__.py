"""The waist of the hourglass: what ``measure`` produces and ``judge`` consumes.

Frozen records, checked when they are built, with a schema number; no I/O, no clock, no chance.
"""

from perfproof.record.benchmark import (
    Benchmark,
    Parameter,
    Part,
    Runner,
    Sample,
    Side,
    Trouble,
    TroubleKind,
)
from perfproof.record.evidence import (
    PROOF_SCHEMA,
    Check,
    Decision,
    Limit,
    Outcome,
    Proof,
    Risk,
    SabotageSeen,
)
from perfproof.record.fingerprint import Difference, Environment, Fingerprint, differences
from perfproof.record.session import SCHEMA, Commit, Duel, End, Header, Plan, Session
from perfproof.record.verdict import (
    Comparison,
    Comparisons,
    Interval,
    MemoryComparison,
    MemoryVerdict,
    TargetResult,
    TargetVerdict,
    Verdict,
)
from perfproof.record.wire import Seal, decode_session, encode_line, encode_session

__all__ = [
    "PROOF_SCHEMA",
    "SCHEMA",
    "Benchmark",
    "Check",
    "Commit",
    "Comparison",
    "Comparisons",
    "Decision",
    "Difference",
    "Duel",
    "End",
    "Environment",
    "Fingerprint",
    "Header",
    "Interval",
    "Limit",
    "MemoryComparison",
    "MemoryVerdict",
    "Outcome",
    "Parameter",
    "Part",
    "Plan",
    "Proof",
    "Risk",
    "Runner",
    "SabotageSeen",
    "Sample",
    "Seal",
    "Session",
    "Side",
    "TargetResult",
    "TargetVerdict",
    "Trouble",
    "TroubleKind",
    "Verdict",
    "decode_session",
    "differences",
    "encode_line",
    "encode_session",
]
