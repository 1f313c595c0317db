"""`perfproof load SCENARIO BASE [HEAD]`: two servers up, load slices alternate, tails as ratios.

A round is a fresh server of each version. Within it four slices of load go to base and head in the
order ABBA or BAAB, drawn by chance; both slices of a half have the same arrival times. A round
gives one log ratio a quantile, as a process pair does in a duel, and is judged by the same bounds.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import msgspec

from perfproof.cli.printing import aside, show
from perfproof.cli.project import margin_of
from perfproof.configuration.settings import Project
from perfproof.errors import ExitCode, MachineryError, UseError
from perfproof.judge.duel import FIRST_LOOK, Question, State
from perfproof.judge.tails import LATENESS_RULE, bottleneck, judge_rounds, quantile_ratio
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
_USUAL_QUANTILES = (0.5, 0.99)


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
    """One stretch of load: its rate, length, and place in a comparison."""

    rate: float
    seconds: float
    seed_step: int = 0
    warm: bool = True


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
        warmup_seconds=scenario.warmup_seconds if slot.warm else 0.0,
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
    quantiles = tuple(ground.scenario.quantile_limits) or _USUAL_QUANTILES
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
    """Rounds so far, and what they say."""

    ground: Ground
    question: Question
    quantiles: tuple[float, ...]
    log_ratios: dict[float, list[float]] = field(default_factory=dict)
    rounds: int = 0
    dropped: int = 0
    failures: dict[str, int] = field(default_factory=lambda: {"base": 0, "head": 0})

    def fight(self, sides: Mapping[Side, Checkout]) -> None:
        """Round after round, until nothing is open or the rounds are used up."""
        chance = random.Random(self.ground.seed)
        places = {side: _place_of(checkout) for side, checkout in sides.items()}
        # A round that does not count is tried again, but not for ever.
        for number in range(2 * self.question.last):
            runs = self._round(places, chance.choice(_ORDERS), number)
            for run in runs:
                self.ground.keep.add(run)
                self.failures[run.side or "head"] += run.failures + run.misdeeds
            if any(bottleneck(run) for run in runs):
                self.dropped += 1
                aside(f"round {number + 1} does not count: the driver was the bottleneck")
                continue
            self.rounds += 1
            mine = [[run for run in runs if run.side == side] for side in ("base", "head")]
            for quantile in self.quantiles:
                ratio = quantile_ratio(mine[0], mine[1], quantile)
                self.log_ratios.setdefault(quantile, []).append(ratio)
            if self.rounds == self.question.last:
                return
            if self.rounds >= FIRST_LOOK and not any(s.go_on for s in self.states().values()):
                return

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
                f"in {self.dropped} of {self.dropped + self.rounds} rounds the driver was the"
                f" bottleneck, and nothing may pass on what is left ({LATENESS_RULE})",
                remedy="lower the rate or free a core",
            )
        undecided = Verdict.UNDECIDED in verdicts
        return ExitCode.UNDECIDED if undecided and strict else ExitCode.PASS

    def _round(
        self, places: Mapping[Side, Place], order: tuple[Side, ...], number: int
    ) -> list[LoadRun]:
        scenario, runs = self.ground.scenario, []
        with contextlib.ExitStack() as stack:
            up = {}
            for side, place in places.items():
                values = stack.enter_context(serving(scenario, place))
                up[side] = values, make_tokens(scenario, place, values)
            for index, side in enumerate(order):
                slot = Slot(
                    rate=scenario.rate,
                    seconds=scenario.seconds / 2,
                    # Both slices of a half see the same arrivals.
                    seed_step=2 * number + index // 2,
                    warm=side not in order[:index],
                )
                seen = self.ground.driver.drive(_job(self.ground, slot, *up[side]))
                runs.append(msgspec.structs.replace(seen, side=side, round=number))
        return runs


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
