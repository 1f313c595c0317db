"""Base against head, pair by pair, until it is sure: pure statistics of the duel.

Blocks of a process pair become one log ratio (``pairs``, ``location``); the log ratios of the
pairs one location with an error (``location``); that is held against bounds which stay right
however often one looks (``boundary``), as a verdict (``verdict``), over a whole suite (``family``)
that lends each benchmark what it knows of scatter (``lending``),
and a session's comparisons of base with itself say whether it may be believed (``nulls``).
"""

from perfproof.judge.duel.boundary import FIRST_LOOK, LAST_LOOK, Schedule
from perfproof.judge.duel.family import Errors, holm_level, judge_suite
from perfproof.judge.duel.location import Located, locate_pairs, pair_location
from perfproof.judge.duel.nulls import Null, NullsJudgement, downgraded, judge_nulls
from perfproof.judge.duel.pairs import Pair, Side, log_ratios
from perfproof.judge.duel.verdict import DuelJudge, Levels, Question, State

__all__ = [
    "FIRST_LOOK",
    "LAST_LOOK",
    "DuelJudge",
    "Errors",
    "Levels",
    "Located",
    "Null",
    "NullsJudgement",
    "Pair",
    "Question",
    "Schedule",
    "Side",
    "State",
    "downgraded",
    "holm_level",
    "judge_nulls",
    "judge_suite",
    "locate_pairs",
    "log_ratios",
    "pair_location",
]
