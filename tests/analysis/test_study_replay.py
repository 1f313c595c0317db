"""Resampling keeps rounds and pieces whole, and judges as the literal judge does."""

import numpy as np
import pytest

from analysis.study.replay import PIECE, VERDICTS, Judged, Rounds, judged, resampled
from perfproof.judge.duel import DuelJudge, Errors, Question, judge_suite
from perfproof.record import Verdict

LAST = 24
ERRORS = Errors(alpha=0.05, same=0.1)


def literally(suite: np.ndarray, margin: float, last: int) -> dict[str, tuple[str, int]]:
    """The command's own way: feed what is open, look at all, until nothing is open."""
    judges = {str(n): DuelJudge(Question(margin=margin, last=last)) for n in range(len(suite))}
    open_ = set(judges)
    for look in range(suite.shape[1]):
        for name in open_:
            judges[name].feed_log_ratio(float(suite[int(name), look]))
        states = judge_suite(judges, ERRORS)
        open_ = {name for name in open_ if states[name].go_on}
    states = judge_suite(judges, ERRORS)
    return {name: (state.verdict.value, state.pairs) for name, state in states.items()}


def disagreements(values: np.ndarray, said: Judged, margin: float, last: int) -> int:
    wrong = 0
    for suite, verdicts, pairs in zip(values, said.verdict, said.pairs, strict=True):
        for name, (verdict, after) in literally(suite, margin, last).items():
            place = int(name)
            wrong += VERDICTS[verdicts[place]] != verdict
            wrong += verdict != Verdict.UNDECIDED and pairs[place] != after
    return wrong


def random_suites(seed: int, suites: int = 12, family: int = 5) -> np.ndarray:
    """Some far above the margin, some at it, some below, faster or the same."""
    rng = np.random.default_rng(seed)
    centres = rng.choice([-0.05, -0.012, 0.0, 0.006, 0.011, 0.02, 0.05], (suites, family, 1))
    return np.asarray(centres + 0.008 * rng.standard_t(4, (suites, family, LAST)))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("family", [5, 10], ids=["too few to lend", "scatter is lent"])
def test_suites_judged_at_once_are_judged_as_the_command_does(seed: int, family: int) -> None:
    values = random_suites(seed, family=family)
    said = judged(values, margin=0.01, last=LAST + 10, errors=ERRORS)
    assert {VERDICTS[each] for each in np.unique(said.verdict)} == set(VERDICTS)
    # Where scatter is lent, the command takes back a verdict now and then; at once, it stays.
    revoked = 0 if family == 5 else 0.03 * said.verdict.size
    assert disagreements(values, said, 0.01, LAST + 10) <= revoked


def test_a_judge_that_ignores_the_family_is_caught() -> None:
    values = random_suites(1)
    alone = [judged(values[:, [n]], margin=0.01, last=LAST + 10, errors=ERRORS) for n in range(5)]
    wrong = Judged(
        np.concatenate([each.verdict for each in alone], axis=1),
        np.concatenate([each.pairs for each in alone], axis=1),
    )
    assert disagreements(values, wrong, 0.01, LAST + 10) > 0


def labelled(segment: int, rounds: int, seconds: float) -> Rounds:
    """Values that say where they come from: segment, round and benchmark."""
    places = 10_000 * segment + 10 * np.arange(rounds)[:, None] + np.arange(3)
    values = places.astype(np.float64)
    return Rounds(("a", "b", "c"), values, seconds)


def test_rounds_stay_whole_and_pieces_together() -> None:
    recorded = [labelled(1, 6, 0.5), labelled(2, 9, 2.0)]
    drawn = resampled(recorded, np.random.default_rng(3), suites=200, pairs=10)
    assert drawn.log_ratios.shape == (200, 3, 10)
    assert np.all(drawn.log_ratios - drawn.log_ratios[:, [0]] == np.arange(3)[None, :, None])
    steps = np.diff(drawn.log_ratios[:, 0], axis=1)
    inside = [place for place in range(9) if (place + 1) % PIECE]
    assert np.all(steps[:, inside] == 10)
    starts = set(np.unique(drawn.log_ratios[:, 0, ::PIECE][:, :2]))
    assert starts == {10_000 + 10 * n for n in range(3)} | {20_000 + 10 * n for n in range(6)}


def test_each_pair_costs_what_its_segment_took() -> None:
    recorded = [labelled(1, 6, 0.5), labelled(2, 9, 2.0)]
    drawn = resampled(recorded, np.random.default_rng(4), suites=50, pairs=8)
    costs = np.diff(drawn.seconds, axis=1, prepend=0)
    assert np.all(costs == np.where(drawn.log_ratios[:, 0] > 15_000, 2.0, 0.5))


def test_too_short_a_segment_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer than 4 rounds"):
        resampled([labelled(1, 3, 0.5)], np.random.default_rng(5), suites=1, pairs=4)
