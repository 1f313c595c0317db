"""What the figures say: pure statistics and verdicts; no I/O, chance is an argument.

Blocks become one location a process, processes one figure with an interval, two sessions a ratio
with a verdict. The unit of replication is the process, and between stored sessions the session.
"""

from perfproof.judge.comparison import compare_sessions, verdict_of
from perfproof.judge.failures import failure_rate
from perfproof.judge.figures import figure_seconds, figures_seconds
from perfproof.judge.improvement import Improvement, improvement
from perfproof.judge.locations import process_location, relative_location
from perfproof.judge.suite import suite_ratio
from perfproof.judge.targets import (
    Beside,
    CheckedTargets,
    Target,
    check_targets,
    mark_targets,
    target_verdict,
)

__all__ = [
    "Beside",
    "CheckedTargets",
    "Improvement",
    "Target",
    "check_targets",
    "compare_sessions",
    "failure_rate",
    "figure_seconds",
    "figures_seconds",
    "improvement",
    "mark_targets",
    "process_location",
    "relative_location",
    "suite_ratio",
    "target_verdict",
    "verdict_of",
]
