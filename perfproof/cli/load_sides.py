"""`perfproof load SCENARIO BASE [HEAD]`: two servers up, load slices alternate, tails as ratios.

A round is a fresh server of each version. Within it short slices of load go to base and head in
quads of the order ABBA or BAAB, drawn by chance; both slices of a half have the same arrival
times. A round gives one log ratio a quantile, as a process pair does in a duel, and is judged by
the same bounds; the quantiles share the error that is allowed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import msgspec

from perfproof.cli.printing import aside, show
from perfproof.cli.project import margin_of
from perfproof.configuration.settings import Project
from perfproof.errors import ExitCode, MachineryError, UseError
from perfproof.judge.duel import FIRST_LOOK, Question, State
from perfproof.judge.tails import (
    LATENESS_RULE,
    bottleneck,
    judge_rounds,
    quantile_ratio,
    requests_wanted,
)
from perfproof.measure.checkout import COMPILED_BESIDE, Checkout, import_paths, side_by_side
from perfproof.measure.load.commands import Place, make_tokens
from perfproof.measure.load.cores import cores_of
from perfproof.measure.load.driver import Job
from perfproof.measure.load.driving import Driver
from perfproof.measure.load.scenario import Scenario
from perfproof.measure.load.serving import serving
from perfproof.measure.repository import Repository
from perfproof.record import Verdict
from perfproof.record.load import LoadRun, Offered
from perfproof.report.load import RatioLine, ratio_lines

__all__ = ["Ground", "Keep", "Slot", "compare_sides", "slot_run"]

Side = Literal["base", "head"]
_ORDERS: tuple[tuple[Side, Side, Side, Side], ...] = (
    ("base", "head", "head", "base"),
    ("head", "base", "base", "head"),
)
_MEDIAN = 0.5
_USUAL_TAIL = 0.99
_QUADS = 2
_SLICES = 2 * _QUADS
"""Of each side in a round."""
_SHORTEST_SLICE_SECONDS = 0.5
_LONGEST_WARMUP_SECONDS = 0.5


class Keep(Protocol):
    """Where runs are kept."""

    def add(self, run: LoadRun) -> None:
        """Keep one run."""

    def named(self, base: str, head: str) -> None:
        """Say which versions the sides are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a command works on.

    Attributes:
        level: Confidence of intervals.
        keep: The session's file.
        driver: What puts the load on.
    """

    project: Project
    scenario: Scenario
    seed: int
    level: float
    keep: Keep
    driver: Driver


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One stretch of load: its rate, length, and place in a comparison.

    Attributes:
        seed_step: Added to the seed of arrivals.
        warmup_seconds: The same load before; as the scenario says where ``None``.
    """

    rate: float
    seconds: float
    seed_step: int = 0
    warmup_seconds: float | None = None


def slot_run(ground: Ground, place: Place, slot: Slot) -> LoadRun:
    """Start the scenario's server, if it names one, load it once, and end it."""
    with serving(ground.scenario, place) as values:
        tokens = make_tokens(ground.scenario, place, values)
        return ground.driver.drive(_job(ground, slot, values, tokens))


def _job(ground: Ground, slot: Slot, values: dict[str, str], tokens: tuple[str, ...]) -> Job:
    scenario = ground.scenario
    return Job(
        scenario=scenario,
        offered=Offered(
            rate=slot.rate,
            seconds=slot.seconds,
            connections=scenario.connections,
            arrivals=scenario.arrivals,
            seed=ground.seed + slot.seed_step,
            timeout_seconds=scenario.timeout_seconds,
        ),
        warmup_seconds=(
            scenario.warmup_seconds if slot.warmup_seconds is None else slot.warmup_seconds
        ),
        values=values,
        tokens=tokens,
        cores=cores_of(scenario).driver,
    )


def compare_sides(ground: Ground, arguments: argparse.Namespace) -> ExitCode:
    """Check both versions out, load them round by round until every quantile is decided."""
    if not ground.scenario.start:
        raise UseError(
            "the scenario has no `start`, so no version of the server can be started",
            where=arguments.scenario.name,
            remedy="name the command that starts it, with {port}",
        )
    quantiles = tuple(sorted({_MEDIAN, *(ground.scenario.quantile_limits or (_USUAL_TAIL,))}))
    margin = margin_of(ground.project, arguments, "margin")
    question = Question(margin=margin, last=arguments.rounds)
    with side_by_side(Repository(ground.project.root), arguments.base, arguments.head) as sides:
        base, head = sides
        if base.commit == head.commit:
            raise UseError(f"{base.ref} and {head.ref} are the same version ({base.commit[:12]})")
        ground.keep.named(base.ref, head.ref)
        contest = _Contest(ground, question, quantiles)
        contest.fight({"base": base, "head": head})
    states = contest.states()
    names = (base.ref, head.ref)
    show(lambda _: ratio_lines(_lines(states), rounds=contest.rounds, names=names))
    return contest.outcome(states, strict=arguments.strict)


@dataclass(slots=True)
class _Contest:
    """Rounds so far, and what they say; a round may count for one quantile and not for another."""

    ground: Ground
    question: Question
    quantiles: tuple[float, ...]
    log_ratios: dict[float, list[float]] = field(default_factory=dict)
    rounds: int = 0
    failures: dict[str, int] = field(default_factory=lambda: {"base": 0, "head": 0})

    @property
    def dropped(self) -> int:
        """Rounds that did not count for the quantile that has fewest."""
        return self.rounds - min(len(self.log_ratios.get(each, ())) for each in self.quantiles)

    def fight(self, sides: Mapping[Side, Checkout]) -> None:
        """Round after round, until nothing is open or the rounds are used up."""
        chance = random.Random(self.ground.seed)
        places = {side: _place_of(checkout) for side, checkout in sides.items()}
        # A round that does not count is tried again, but not for ever.
        for number in range(2 * self.question.last):
            order = tuple(side for _ in range(_QUADS) for side in chance.choice(_ORDERS))
            self._take(self._round(places, order, number))
            open_ones = [
                each
                for each, state in self.states().items()
                if len(self.log_ratios.get(each, ())) < self.question.last
                and (len(self.log_ratios.get(each, ())) < FIRST_LOOK or state.go_on)
            ]
            if not open_ones:
                return

    def _take(self, runs: Sequence[LoadRun]) -> None:
        for run in runs:
            self.ground.keep.add(run)
            self.failures[run.side or "head"] += run.failures + run.misdeeds
        base, head = ([run for run in runs if run.side == side] for side in ("base", "head"))
        self.rounds += 1
        late = []
        for quantile in self.quantiles:
            if bottleneck(*base, quantile=quantile) or bottleneck(*head, quantile=quantile):
                late.append(f"{quantile * 100:g} %")
            elif len(ratios := self.log_ratios.setdefault(quantile, [])) < self.question.last:
                ratios.append(quantile_ratio(base, head, quantile))
        if late:
            which = " and ".join(late)
            aside(f"round {self.rounds} does not count for {which}: the driver was the bottleneck")

    def states(self) -> dict[float, State]:
        """What the rounds say of each quantile."""
        alpha = self.ground.project.settings.share("alpha")
        return {
            each: judge_rounds(
                self.log_ratios.get(each, ()),
                self.question,
                alpha=alpha,
                family=len(self.quantiles),
            )
            for each in self.quantiles
        }

    def outcome(self, states: Mapping[float, State], *, strict: bool) -> ExitCode:
        """1 when a quantile is slower or the head fails more; 4 when 0 would rest on dropped data.

        Raises:
            MachineryError: Rounds were dropped, and nothing is slower.
        """
        base, head = self.failures["base"], self.failures["head"]
        if base or head:
            aside(f"requests without their answer: base {base:,}, head {head:,}")
        verdicts = {state.verdict for state in states.values()}
        if Verdict.SLOWER in verdicts or head > base:
            return ExitCode.CHECK_FAILED
        if self.dropped:
            raise MachineryError(
                f"in {self.dropped} of {self.rounds} rounds the driver was the"
                f" bottleneck, and nothing may pass on what is left ({LATENESS_RULE})",
                remedy="lower the rate or free a core",
            )
        undecided = Verdict.UNDECIDED in verdicts
        return ExitCode.UNDECIDED if undecided and strict else ExitCode.PASS

    def _round(
        self, places: Mapping[Side, Place], order: tuple[Side, ...], number: int
    ) -> list[LoadRun]:
        scenario, runs = self.ground.scenario, []
        warmup = min(_LONGEST_WARMUP_SECONDS, scenario.warmup_seconds)
        with contextlib.ExitStack() as stack:
            up = {}
            for side, place in places.items():
                values = stack.enter_context(serving(scenario, place))
                up[side] = values, make_tokens(scenario, place, values)
            for index, side in enumerate(order):
                slot = Slot(
                    rate=scenario.rate,
                    seconds=self._slice_seconds(),
                    # Both slices of a half see the same arrivals.
                    seed_step=_SLICES * number + index // 2,
                    warmup_seconds=0.0 if side in order[:index] else warmup,
                )
                seen = self.ground.driver.drive(_job(self.ground, slot, *up[side]))
                runs.append(msgspec.structs.replace(seen, side=side, round=number))
        return runs

    def _slice_seconds(self) -> float:
        """As short as the quantiles allow: servers differ more from each other than slices do."""
        scenario = self.ground.scenario
        wanted = max(requests_wanted(each) for each in self.quantiles) / scenario.rate
        # A hundredth more, as requests are whole.
        return max(_SHORTEST_SLICE_SECONDS, 1.01 * wanted / _SLICES)


def _place_of(checkout: Checkout) -> Place:
    inherited = os.environ.get("PYTHONPATH")
    paths = [str(each) for each in import_paths(checkout)] + ([inherited] if inherited else [])
    return Place(
        folder=checkout.root,
        variables={**COMPILED_BESIDE, "PYTHONPATH": os.pathsep.join(paths)},
    )


def _lines(states: Mapping[float, State]) -> list[RatioLine]:
    return [
        RatioLine(
            quantile=quantile,
            verdict=state.verdict,
            ratio=state.ratio,
            detectable=state.detectable,
            reason=state.reason,
        )
        for quantile, state in states.items()
    ]
