"""Head against base, benchmark by benchmark, with the errors of the whole suite accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from perfproof.errors import UseError
from perfproof.judge.biweight import FloatArray
from perfproof.judge.family import family_tail
from perfproof.judge.figures import WIDEST, log_interval, require_share
from perfproof.judge.pairing import Pairing, pair
from perfproof.judge.ratios import Ratios, suite_ratios
from perfproof.record import Comparison, Comparisons, Interval, Session, Verdict

__all__ = ["POWER", "compare_sessions", "verdict_of"]

POWER = 0.9
"""Chance with which a slowdown of the size called detectable would have been found."""


@dataclass(frozen=True, slots=True)
class _Terms:
    """What is asked of every benchmark: the margin, and each end's share of the errors."""

    margin: float
    tail: float

    @property
    def level(self) -> float:
        return 1 - 2 * self.tail


def compare_sessions(  # noqa: PLR0913 - two sides with their names, and what is asked of them
    base: Session,
    head: Session,
    *,
    margin: float,
    alpha: float,
    rng: np.random.Generator,
    history: Sequence[Session] = (),
    base_name: str = "base",
    head_name: str = "head",
) -> Comparisons:
    """Judge every benchmark that both sessions have.

    The log ratio of the two figures has the variance of both across processes, by resampling
    them, and that of two sessions' offsets, from ``history`` or assumed; its interval is Student's
    with Welch and Satterthwaite's degrees of freedom.

    Every verdict follows from the interval shown. All intervals have one level, which the notes
    name, between 1 - 2 alpha / m for m benchmarks (Bonferroni) and 1 - 2 alpha, as high as it must
    be that over the whole suite the chance that any lower end lies above its truth, hence of any
    wrong ``slower``, is at most ``alpha``, and the same for upper ends and ``faster``.

    Args:
        base: Session to compare with.
        head: Session to judge.
        margin: Slowdown that matters; 0.05 is 5 %. ``faster`` is its mirror, 1 / (1 + margin).
        alpha: Chance, over the suite, of any wrong ``slower``.
        rng: Where resampling takes its chance from; the same state gives the same result.
        history: Other stored sessions; unsuitable ones are left out.
        base_name: Name of the base for the reader.
        head_name: Name of the head for the reader.

    Raises:
        FingerprintError: The sessions are of different machines.
        UseError: ``alpha`` outside 0 to 1, or a negative margin.
    """
    require_share(alpha, "alpha")
    if not 0 <= margin < np.inf:
        raise UseError(f"margin is {margin:g}", where="margin", remedy="choose 0 or more")
    sides = pair(base, head, history)
    results: tuple[Comparison, ...] = ()
    told: tuple[str, ...] = ("no benchmark has figures on both sides: nothing was compared",)
    if sides.ids:
        ratios = suite_ratios(base, head, sides, rng)
        terms = _Terms(margin, family_tail(ratios, alpha))
        results = _results(sides, ratios, terms)
        told = _notes(sides, ratios, terms, alpha)
    return Comparisons(
        base=base_name,
        head=head_name,
        alpha=alpha,
        results=results,
        added=sides.added,
        removed=sides.removed,
        changed_source=sides.changed_source,
        notes=sides.notes + told,
    )


def verdict_of(ratio: Interval, margin: float) -> Verdict:
    """The verdict that an interval of head over base gives; undecided where it has no ends."""
    if ratio.low is None or ratio.high is None:
        return Verdict.UNDECIDED
    slower, faster = 1 + margin, 1 / (1 + margin)
    if ratio.low > slower:
        return Verdict.SLOWER
    if ratio.high < faster:
        return Verdict.FASTER
    within = faster <= ratio.low and ratio.high <= slower
    return Verdict.SAME if within else Verdict.UNDECIDED


def _results(sides: Pairing, ratios: Ratios, terms: _Terms) -> tuple[Comparison, ...]:
    reach: FloatArray = -stdtrit(ratios.df, terms.tail) * ratios.error
    changed = set(sides.changed_source)
    results = []
    for row, name in enumerate(sides.ids):
        on_base, on_head = (int(side[row]) for side in ratios.processes)
        fewest = min(on_base, on_head)
        ratio = log_interval(
            float(ratios.log_ratio[row]),
            float(reach[row]) if fewest > 1 else None,
            level=terms.level,
            n=fewest,
        )
        results.append(
            Comparison(
                benchmark=name,
                ratio=ratio,
                margin=terms.margin,
                verdict=verdict_of(ratio, terms.margin),
                detectable=_detectable(ratios, row, float(reach[row]), terms.margin),
                base_seconds=float(ratios.seconds[0][row]),
                head_seconds=float(ratios.seconds[1][row]),
                base_processes=on_base,
                head_processes=on_head,
                reason=_reason(ratio, changed=name in changed),
            )
        )
    return tuple(results)


def _detectable(ratios: Ratios, row: int, reach: float, margin: float) -> float | None:
    """Slowdown found with 90 % power: the margin and (t at the level + t at the power) errors.

    Bloom 1995, Evaluation Review 19:547-556, on the log scale and above the margin.
    """
    power = float(stdtrit(ratios.df[row], POWER)) * float(ratios.error[row])
    slowdown = float(np.log1p(margin)) + reach + power
    return float(np.expm1(slowdown)) if slowdown < WIDEST else None


def _reason(ratio: Interval, *, changed: bool) -> str | None:
    if ratio.n < 2:
        return "one process on a side: how far processes scatter is not known"
    if ratio.low is None:
        return f"{ratio.n} processes are too few for an interval at this level"
    return "the benchmark's own source differs between base and head" if changed else None


def _notes(sides: Pairing, ratios: Ratios, terms: _Terms, alpha: float) -> tuple[str, ...]:
    scale = (
        "times are compared in yardsticks, the reference work done beside every block"
        if sides.relative
        else "times are compared in seconds: not every sample has a yardstick beside it"
    )
    family = int(np.isfinite(ratios.error).sum())
    level = (
        f"each interval has the level {100 * terms.level:.6g} %, so that over the {family} "
        f"benchmarks together any wrong `slower` has a chance of at most {100 * alpha:.3g} %, "
        "and any wrong `faster` the same"
    )
    return (scale, ratios.offsets.note, level)
