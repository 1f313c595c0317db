"""A suite of any size is red no more often than its alpha, and the fallen leave their share."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from perfproof.errors import UseError
from perfproof.judge.duel import DuelJudge, Errors, Levels, Question, holm_level, judge_suite
from perfproof.record import Verdict
from tests.judge_duel import world
from tests.judge_duel.study import judged, suite_levels

p_lists = st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=30)


def holm_literal(p_values: list[float], alpha: float) -> set[int]:
    """Sort; compare the smallest with alpha / m, the next with alpha / (m - 1), until one fails."""
    rejected: set[int] = set()
    for rank, index in enumerate(np.argsort(p_values, kind="stable")):
        if p_values[index] > alpha / (len(p_values) - rank):
            break
        rejected.add(int(index))
    return rejected


@given(p_lists, st.floats(0.001, 0.5))
def test_the_level_rejects_what_holm_rejects(p_values: list[float], alpha: float) -> None:
    level = holm_level(p_values, alpha)
    assert {i for i, p in enumerate(p_values) if p <= level} == holm_literal(p_values, alpha)


@given(p_lists, st.floats(0.001, 0.5), st.floats(0, 1))
def test_more_evidence_never_lowers_the_level(
    p_values: list[float], alpha: float, less: float
) -> None:
    smaller = [max(p * less, 1e-9) for p in p_values]
    assert holm_level(smaller, alpha) >= holm_level(p_values, alpha)


@pytest.mark.parametrize(("p_values", "alpha"), [([], 0.01), ([0.5], 0.0), ([0.5], 1.0)])
def test_a_family_of_none_or_without_alpha_is_refused(p_values: list[float], alpha: float) -> None:
    with pytest.raises(UseError):
        holm_level(p_values, alpha)


def suite_of(ratios: dict[str, list[float]], last: int = 40) -> dict[str, DuelJudge]:
    judges = {}
    for name, values in ratios.items():
        judges[name] = DuelJudge(Question(margin=0.01, last=last))
        for value in values:
            judges[name].feed_log_ratio(value)
    return judges


def test_a_doubtful_benchmark_gets_what_the_clear_ones_leave() -> None:
    rng = np.random.default_rng(1)
    noise = 0.01 * rng.standard_normal((9, 24))
    noise -= noise.mean(axis=1, keepdims=True)
    clear = {f"clear {n}": list(0.2 + noise[n]) for n in range(8)}
    quiet = {f"quiet {n}": list(noise[n]) for n in range(8)}
    doubtful = {"doubtful": list(np.log1p(0.01) + 0.0095 + noise[8])}
    beside_clear = judge_suite(suite_of(clear | doubtful), Errors())["doubtful"]
    beside_quiet = judge_suite(suite_of(quiet | doubtful), Errors())["doubtful"]
    assert beside_clear.verdict is Verdict.SLOWER
    assert beside_quiet.verdict is Verdict.UNDECIDED


@given(st.integers(0, 500))
@settings(max_examples=15, deadline=None)
def test_swapped_sides_mirror_the_whole_suite(seed: int) -> None:
    rng = np.random.default_rng(seed)
    centres = rng.choice([-0.06, -0.02, 0.0, 0.02, 0.06], 6)
    values = {str(n): list(centres[n] + 0.01 * rng.standard_normal(16)) for n in range(6)}
    mirrored = {name: [-value for value in row] for name, row in values.items()}
    there, back = (judge_suite(suite_of(rows), Errors()) for rows in (values, mirrored))
    swap = {"slower": "faster", "faster": "slower"}
    for name, state in there.items():
        assert back[name].verdict == swap.get(state.verdict.value, state.verdict.value)


def suites_red(levels: Levels, suites: int, benchmarks: int, last: int, *, seed: int) -> int:
    """Suites with all benchmarks at the margin, where the error is largest, that get any red.

    That Holm's first step decides whether any is rejected makes this exact for Holm too.
    """
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((suites * benchmarks, last))
    slower = judged(np.log1p(0.01) + 0.05 * noise, 0.01, levels).slower <= last
    return int(slower.reshape(suites, benchmarks).any(axis=1).sum())


def test_suites_at_the_margin_are_red_in_at_most_alpha() -> None:
    red = suites_red(suite_levels(20, Errors(alpha=0.05, same=0.05)), 1200, 20, 16, seed=2)
    assert red <= stats.binom.isf(0.001, 1200, 0.05)
    assert red > 0.5 * 0.05 * 1200


def test_a_judge_without_family_correction_is_caught() -> None:
    red = suites_red(suite_levels(1, Errors(alpha=0.05, same=0.05)), 300, 20, 16, seed=3)
    assert red > stats.binom.isf(0.001, 300, 0.05)
    assert red > 8 * 0.05 * 300


def test_with_some_truly_slower_the_others_are_red_in_at_most_alpha() -> None:
    # All the way through judge_suite, look by look: the share of the fallen is really passed on.
    rng = np.random.default_rng(4)
    errors, red, suites = Errors(alpha=0.1, same=0.1), 0, 160
    for _ in range(suites):
        judges = suite_of({f"{kind} {n}": [] for kind in ("slower", "at margin") for n in (0, 1)})
        open_ = set(judges)
        states = judge_suite(judges, errors)
        while open_:
            for name in open_:
                centre = 0.2 if name.startswith("slower") else np.log1p(0.01)
                judges[name].feed_log_ratio(float(centre + 0.01 * rng.standard_normal()))
            states = judge_suite(judges, errors)
            open_ = {name for name in open_ if states[name].go_on and states[name].pairs < 16}
        wrong = [s.verdict is Verdict.SLOWER for n, s in states.items() if n.startswith("at")]
        assert states["slower 0"].verdict is Verdict.SLOWER
        red += any(wrong)
    assert 0 < red <= stats.binom.isf(0.001, suites, 0.1)


def test_suites_of_identical_code_are_hardly_ever_red() -> None:
    rng = np.random.default_rng(5)
    pool = world.locations(rng, world.ALLOCATING, 10_000, quads=10)
    outcomes = judged(rng.choice(pool, (20 * 300, 40)), 0.01, suite_levels())
    red = (outcomes.slower <= 40).reshape(300, 20).any(axis=1).sum()
    assert red <= 1
