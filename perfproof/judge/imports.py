"""Import times over fresh processes: medians with intervals, and head against base.

The interval of a median is that of the sign test: with ``n`` processes the order statistics
``k`` and ``n + 1 - k`` hold it with confidence ``1 - 2 P(Binomial(n, 1/2) < k)``, whatever the
distribution (Conover, *Practical Nonparametric Statistics*, 3rd ed., section 3.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from statistics import median

from perfproof.record import Interval, Verdict
from perfproof.record.importing import ImportRun, ImportSession, ModuleCost, PackageCost

__all__ = ["compare_imports", "cost_of_import", "judge_imports", "median_interval"]

_STEP_SECONDS = 1e-6
"""The clock of importtime; nothing is divided by less."""


def judge_imports(session: ImportSession) -> PackageCost:
    """What was measured, live or from its file, as it was asked."""
    header, runs = session.header, session.runs
    if header.margin is None:
        return cost_of_import(header.package, runs["base"], level=header.level)
    pairs = list(zip(runs["base"], runs["head"], strict=True))
    return compare_imports(header.package, pairs, level=header.level, margin=header.margin)


def median_interval(values: Sequence[float], level: float) -> Interval:
    """Median with the narrowest sign-test interval of at least ``level``.

    Raises:
        ValueError: No value.
    """
    ordered = sorted(values)
    n = len(ordered)
    best: tuple[int, float] | None = None
    missed = 0.0
    for k in range(1, n // 2 + 1):
        missed += comb(n, k - 1) / 2**n
        if 1 - 2 * missed < level:
            break
        best = (k, 1 - 2 * missed)
    if best is None:
        return Interval(median(ordered), None, None, None, n)
    k, reached = best
    return Interval(median(ordered), ordered[k - 1], ordered[n - k], reached, n)


def cost_of_import(package: str, runs: Sequence[ImportRun], *, level: float) -> PackageCost:
    """One version: every module that all processes imported, the most expensive first."""
    modules = [
        ModuleCost(
            module=name,
            base_self=median_interval([run.self_seconds[name] for run in runs], level),
            base_cumulative=median_interval([run.cumulative_seconds[name] for run in runs], level),
        )
        for name in _in_all(runs)
    ]
    modules.sort(key=_cost, reverse=True)
    whole = median_interval([_whole(run) for run in runs], level)
    return PackageCost(package=package, modules=tuple(modules), base_seconds=whole)


def compare_imports(
    package: str,
    pairs: Sequence[tuple[ImportRun, ImportRun]],
    *,
    level: float,
    margin: float,
) -> PackageCost:
    """Head against base, process by process as they alternated.

    A module's verdict is at the level divided by the number of modules (Bonferroni); what one
    side alone imports has none.
    """
    bases, heads = [base for base, _ in pairs], [head for _, head in pairs]
    on_base, on_head = _in_all(bases), _in_all(heads)
    both = [name for name in on_head if name in set(on_base)]
    strict = 1 - (1 - level) / max(1, len(both))
    modules = [_module(name, bases, heads, strict, margin) for name in both]
    modules += [
        ModuleCost(
            module=name,
            head_self=median_interval([run.self_seconds[name] for run in heads], level),
            head_cumulative=median_interval([run.cumulative_seconds[name] for run in heads], level),
        )
        for name in on_head
        if name not in set(on_base)
    ]
    modules += [
        ModuleCost(
            module=name,
            base_self=median_interval([run.self_seconds[name] for run in bases], level),
            base_cumulative=median_interval([run.cumulative_seconds[name] for run in bases], level),
        )
        for name in on_base
        if name not in set(on_head)
    ]
    modules.sort(key=lambda each: (each.ratio is None, _cost(each)), reverse=True)
    ratio = median_interval([_over(_whole(head), _whole(base)) for base, head in pairs], level)
    return PackageCost(
        package=package,
        modules=tuple(modules),
        base_seconds=median_interval([_whole(run) for run in bases], level),
        head_seconds=median_interval([_whole(run) for run in heads], level),
        ratio=ratio,
        verdict=_verdict(ratio, margin),
        margin=margin,
    )


def _module(
    name: str,
    bases: Sequence[ImportRun],
    heads: Sequence[ImportRun],
    level: float,
    margin: float,
) -> ModuleCost:
    own = [(b.self_seconds[name], h.self_seconds[name]) for b, h in zip(bases, heads, strict=True)]
    ratio = median_interval([_over(h, b) for b, h in own], level)
    return ModuleCost(
        module=name,
        base_self=median_interval([b for b, _ in own], level),
        base_cumulative=median_interval([run.cumulative_seconds[name] for run in bases], level),
        head_self=median_interval([h for _, h in own], level),
        head_cumulative=median_interval([run.cumulative_seconds[name] for run in heads], level),
        ratio=ratio,
        verdict=_verdict(ratio, margin),
    )


def _verdict(ratio: Interval, margin: float) -> Verdict:
    if ratio.low is None or ratio.high is None:
        return Verdict.UNDECIDED
    if ratio.low > 1 + margin:
        return Verdict.SLOWER
    if ratio.high < 1 / (1 + margin):
        return Verdict.FASTER
    same = ratio.low >= 1 / (1 + margin) and ratio.high <= 1 + margin
    return Verdict.SAME if same else Verdict.UNDECIDED


def _in_all(runs: Sequence[ImportRun]) -> list[str]:
    return [name for name in runs[0].self_seconds if all(name in run.self_seconds for run in runs)]


def _over(head_seconds: float, base_seconds: float) -> float:
    return max(head_seconds, _STEP_SECONDS) / max(base_seconds, _STEP_SECONDS)


def _whole(run: ImportRun) -> float:
    """All that was imported: the own times of all modules."""
    return sum(run.self_seconds.values())


def _cost(module: ModuleCost) -> float:
    sides = (module.base_self, module.head_self)
    return max(each.estimate for each in sides if each is not None)
