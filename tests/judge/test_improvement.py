"""A claimed saving: proved, refuted or open, from the interval alone."""

import pytest

from perfproof.errors import UseError
from perfproof.judge import improvement
from perfproof.record import Comparison, Comparisons, Interval, Outcome, Verdict


def compared(*ends: tuple[float, float] | None) -> Comparisons:
    """A comparison with given intervals, named a, b, ..."""
    return Comparisons(
        base="base",
        head="head",
        alpha=0.01,
        results=tuple(
            Comparison(
                benchmark=letter,
                ratio=(
                    Interval(1.0, None, None, None, 1)
                    if pair is None
                    else Interval(sum(pair) / 2, *pair, 0.99, 10)
                ),
                margin=0.05,
                verdict=Verdict.UNDECIDED,
                detectable=None,
                base_seconds=1.0,
                head_seconds=1.0,
                base_processes=10,
                head_processes=10,
            )
            for letter, pair in zip("abcd", ends, strict=False)
        ),
    )


@pytest.mark.parametrize(
    ("ends", "outcome"),
    [
        ((0.60, 0.79), Outcome.PASSED),
        ((0.60, 0.80), Outcome.PASSED),
        ((0.60, 0.82), Outcome.UNDECIDED),
        ((0.81, 0.95), Outcome.FAILED),
        ((1.10, 1.20), Outcome.FAILED),
        (None, Outcome.UNDECIDED),
    ],
)
def test_a_fifth_saved_is_proved_only_by_the_whole_interval(
    ends: tuple[float, float] | None, outcome: Outcome
) -> None:
    assert improvement(compared(ends), at_least=0.2).outcome is outcome


@pytest.mark.parametrize(
    ("ends", "outcome"),
    [
        (((0.5, 0.6), (0.5, 0.7)), Outcome.PASSED),
        (((0.5, 0.6), (0.5, 0.9)), Outcome.UNDECIDED),
        (((0.5, 0.9), (0.9, 1.0)), Outcome.FAILED),
    ],
)
def test_several_benchmarks_must_all_prove_it(
    ends: tuple[tuple[float, float], ...], outcome: Outcome
) -> None:
    assert improvement(compared(*ends), at_least=0.2).outcome is outcome


def test_only_the_named_benchmarks_count() -> None:
    seen = improvement(compared((0.5, 0.6), (1.0, 1.1)), at_least=0.2, benchmarks=["a"])
    assert seen.outcome is Outcome.PASSED
    assert list(seen.ratios) == ["a"]


def test_what_cannot_be_claimed_is_refused() -> None:
    seen = compared((0.5, 0.6))
    with pytest.raises(UseError, match="was not compared"):
        improvement(seen, at_least=0.2, benchmarks=["z"])
    with pytest.raises(UseError, match="no benchmark was compared"):
        improvement(seen, at_least=0.2, benchmarks=[])
    for share in (1.0, -0.1, 20):
        with pytest.raises(UseError, match="not possible"):
            improvement(seen, at_least=share)
