from __future__ import annotations

import asyncio

import pytest

from benchmarks.choice import REFERENCE
from benchmarks.driving import driven, in_running_loop
from benchmarks.probes.__main__ import main
from benchmarks.probes.table import PROBES, Probe
from benchmarks.probes.trial import Count, Wrong, count
from perfproof.proof.kinds.trials import TrialsClaim
from perfproof.proof.plan import read_plan
from system_under_test.protocol import CORE
from tests.benchmarks.commands import ROOT
from tests.benchmarks.trying import FIRST_VERSION, counted, trials_of

SABOTAGES = [
    (claim.command[-1], name)
    for claim in read_plan(ROOT / "benchmarks/proof.toml", ROOT).claims
    if isinstance(claim, TrialsClaim) and "benchmarks.probes" in claim.command
    for name in claim.sabotages
]


@pytest.mark.parametrize(
    ("name", "system"),
    [(name, REFERENCE) for name in PROBES]
    # The first version has neither databases nor sockets.
    + [(name, FIRST_VERSION) for name, probe in PROBES.items() if probe.parts == CORE],
)
def test_nothing_fails_on_a_system_that_works(name: str, system: str) -> None:
    seen = counted(name, system)
    assert (seen.failures, seen.example) == (0, None)
    assert seen.trials >= trials_of(name, system)


@pytest.mark.parametrize(("name", "sabotage"), SABOTAGES)
def test_the_probes_own_sabotage_is_seen(name: str, sabotage: str) -> None:
    seen = counted(name, sabotage)
    assert seen.failures > 0
    assert seen.example


@pytest.mark.parametrize("name", ["isolation", "lifecycle", "placeholders"])
def test_chance_is_the_seeds_alone(name: str) -> None:
    one, other = (counted(name, REFERENCE) for _ in range(2))
    assert one == other


def raising() -> None:
    raise LookupError("nobody\nhere")


def wrong() -> None:
    raise Wrong("said this")


def test_a_system_that_raises_has_failed_that_trial() -> None:
    seen = count([lambda: None, raising, wrong])
    assert seen == Count(trials=3, failures=2, example="LookupError: nobody here")


def test_trying_nothing_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Empty(Probe):
        def load(self) -> object:  # type: ignore[override]
            return lambda *_: iter(())

    monkeypatch.setitem(PROBES, "empty", Empty("empty", "nothing", 10))
    assert main(["empty", "--system", REFERENCE]) == 2
    said = capsys.readouterr()
    assert "found nothing to try" in said.err
    assert "trials" not in said.out


def test_a_coroutine_runs_inside_a_loop_and_may_not_suspend() -> None:
    async def looking() -> bool:
        return asyncio.get_running_loop().is_running()

    async def suspending() -> None:
        await asyncio.sleep(0)

    assert in_running_loop(lambda: driven(looking))
    with pytest.raises(RuntimeError, match="suspends"):
        in_running_loop(lambda: driven(suspending))
