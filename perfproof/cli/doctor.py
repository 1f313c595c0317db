"""``perfproof doctor``: what this machine is, how noisy it is now, what could be seen today."""

from __future__ import annotations

import argparse
import math
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from perfproof import measure
from perfproof.cli.lane_advice import advise_lanes
from perfproof.cli.lane_trial import Trial
from perfproof.cli.measuring import Order, kept_in_memory
from perfproof.cli.project import Meant, open_project, pair_plan_of
from perfproof.configuration.settings import Project
from perfproof.errors import ExitCode
from perfproof.judge import compare_sessions, process_location
from perfproof.measure.machine import Machine, pressure_share, steal_share
from perfproof.measure.suites import Suite, collect
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Comparison, Environment, Fingerprint, Sample, Session
from perfproof.record.quantity import show_ratio, show_share

__all__ = ["run"]

_PROCESSES = 12
_LISTING_TIMEOUT_SECONDS = 60.0
_SUITE = Path(measure.__file__).with_name("noise_suite.py")
_EMPTY = _SUITE.with_name("empty_suite.py")
_EMPTY_PROCESSES = 4


def run(arguments: argparse.Namespace) -> ExitCode:
    """Describe the machine, measure one and the same code twice, say what that means.

    Then try how duels best use its cores, and keep that for `compare`; ``--quick`` leaves it out.
    """
    project = open_project(arguments)
    machine = Machine()
    print_facts(machine.fingerprint(), machine.environment(), machine.pressure())
    processes = arguments.processes or _PROCESSES
    print(f"measuring identical code in {processes} fresh processes ...", flush=True)
    before, begun = machine.cpu_times(), time.monotonic()
    noise = noise_meant()
    session = measure_noise(project, processes, noise)
    stolen = steal_share(before, machine.cpu_times())
    print(f"steal meanwhile: {show_share(stolen)}, {time.monotonic() - begun:.1f} s")
    print_noise(session)
    print_overhead(project)
    if not arguments.quick:
        advise_lanes(project, trial_of(project, noise, arguments.processes), machine)
    return ExitCode.PASS


def print_facts(fingerprint: Fingerprint, environment: Environment, pressure: str | None) -> None:
    """What the machine tells of itself; what it does not tell is shown as not known."""
    facts: dict[str, object] = {
        **msgspec.to_builtins(fingerprint),
        "governor": environment.governor,
        "load over 1 minute": environment.load_1m,
        "clock step": f"{environment.clock_resolution_ns} ns",
        "waiting for a CPU (10 s)": None
        if pressure is None
        else show_share(pressure_share(pressure)),
        "fingerprint": fingerprint.digest,
    }
    for name, value in facts.items():
        print(f"{name.replace('_', ' '):<26}{'not known' if value is None else value}")


def noise_meant() -> Meant:
    """Ordinary work of our own, as any suite is found."""
    return _own(Suite("pyperf", (_SUITE.name,)))


def print_overhead(project: Project) -> None:
    """What the loop around a benchmark costs: a benchmark that does nothing."""
    empty = _own(Suite("pytest-benchmark", (_EMPTY.name,)))
    session = measure_noise(project, _EMPTY_PROCESSES, empty)
    for samples in session.by_benchmark().values():
        nanoseconds = 1e9 * math.exp(float(np.median([process_location(each) for each in samples])))
        print(
            f"an empty benchmark reads {nanoseconds:.0f} ns a call (pytest-benchmark's loop,"
            f" n={len(samples)})"
        )


def _own(suite: Suite) -> Meant:
    # Its own folder is the root, so that no path of the machine gets into an id.
    surroundings = Surroundings(_SUITE.parent, {})
    found = collect((suite,), surroundings, timeout_seconds=_LISTING_TIMEOUT_SECONDS)
    return Meant(found, surroundings)


def measure_noise(project: Project, processes: int, noise: Meant) -> Session:
    """The noise suite, measured as any suite is."""
    plan = project.settings.plan(seed=secrets.randbits(32))
    plan = msgspec.structs.replace(plan, processes=processes)
    return kept_in_memory(project, Order(noise, plan))


def trial_of(project: Project, noise: Meant, processes: int | None) -> Trial:
    """Pairs of the noise suite as duels of this project measure theirs.

    Args:
        project: Its settings.
        noise: The suite.
        processes: Pairs in each way; ``None`` for as many as the time allows.
    """
    (suite,) = noise.chosen
    return Trial(
        suite=suite,
        ids=tuple(each.id for each in noise.benchmarks),
        surroundings=noise.surroundings,
        plan=pair_plan_of(project),
        pairs=processes,
    )


def print_noise(session: Session) -> None:
    """Scatter of blocks and processes, and an A/A comparison of even and odd processes."""
    for benchmark, samples in session.by_benchmark().items():
        blocks, processes = scatter(samples)
        print(
            f"{benchmark}: blocks scatter by {show_share(blocks)}, "
            f"fresh processes by {show_share(processes)} (sd, n={len(samples)})"
        )
    for result in halves_compared(session):
        low, high = result.ratio.low, result.ratio.high
        print(
            f"{result.benchmark}: identical code reads {show_ratio(result.ratio.estimate)} "
            f"[{show_ratio(low)}, {show_ratio(high)}], {result.verdict}; "
            f"between two sessions of {result.ratio.n} processes a slowdown of "
            f"{show_share(result.detectable)} could be seen"
        )


def scatter(samples: Sequence[Sample]) -> tuple[float | None, float | None]:
    """Relative sd of blocks within processes (median over processes) and between processes."""
    within = [
        float(np.std(np.log(sample.seconds), ddof=1)) for sample in samples if len(sample.order) > 1
    ]
    between = [process_location(sample) for sample in samples]
    return (
        float(np.median(within)) if within else None,
        float(np.std(between, ddof=1)) if len(between) > 1 else None,
    )


def halves_compared(session: Session) -> tuple[Comparison, ...]:
    """Even processes against odd ones: any difference is noise."""
    halves = [
        msgspec.structs.replace(
            session, samples=tuple(s for s in session.samples if s.process % 2 == half)
        )
        for half in (0, 1)
    ]
    if not all(half.samples for half in halves):
        return ()
    return compare_sessions(
        halves[0],
        halves[1],
        margin=0.05,
        alpha=0.01,
        rng=np.random.default_rng(session.header.plan.seed),
        base_name="even processes",
        head_name="odd processes",
    ).results
