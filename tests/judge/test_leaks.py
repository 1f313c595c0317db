"""The rule for leaks: error rates by simulation, planted growth, and what must not matter."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfproof.judge.leaks import (
    FEWEST_OPERATIONS,
    chance_of_rising,
    judge_survey,
    judge_surveys,
    rate_interval,
)
from perfproof.record import Frame, Kept, LeakVerdict, Series, Survey

ROUNDS = tuple(200 * number for number in range(1, 11))
TOTALS = tuple(itertools.accumulate(ROUNDS, initial=0))


def at(line: int) -> tuple[Frame, ...]:
    return (Frame(file="shop.py", line=line, function="sell"),)


def memory(sizes: Sequence[int], line: int = 1) -> Series:
    return Series(
        kept="memory",
        stack=at(line),
        counts=tuple(each // 16 for each in sizes),
        sizes=tuple(sizes),
    )


def survey(*series: Series, operations: tuple[int, ...] = ROUNDS, before: int = 100) -> Survey:
    return Survey(benchmark="b", operations=operations, before=before, series=series, seconds=1.0)


def after_each(amount: Callable[[int], float]) -> list[int]:
    """Bytes held after so many operations."""
    return [round(amount(total)) for total in TOTALS]


LEAKING = {
    "16 bytes a call": after_each(lambda n: 16 * n),
    "one object of 64 bytes every 100 calls": after_each(lambda n: n // 100 * 64),
    "a list that grows by eighths": after_each(
        lambda n: 8 * 1.125 ** math.ceil(math.log(max(n, 1), 1.125))
    ),
    "beside a large remainder": after_each(lambda n: 10**9 + 16 * n),
}
BOUNDED = {
    "nothing": [640] * 11,
    "a cache of 128": after_each(lambda n: 64 * min(n, 128)),
    "a cache that is full after 60 % of the operations": after_each(lambda n: 64 * min(n, 6600)),
    "something a round": [100 * number for number in range(11)],
    "an arena in steps": after_each(lambda n: n // 5_000 * 262_144),
    "keys drawn again and again": after_each(lambda n: 64_000 * (1 - math.exp(-n / 3_000))),
    "what was kept and is let go": after_each(lambda n: 16 * (20_000 - n)),
    "a step back in the last round": [*after_each(lambda n: 16 * n)[:-1], 1000],
}


@pytest.mark.parametrize("name", LEAKING)
def test_what_grows_with_the_operations_is_a_leak(name: str) -> None:
    result = judge_survey(survey(memory(LEAKING[name])))
    assert result.verdict is LeakVerdict.LEAK
    (leak,) = result.leaks
    assert leak.size is not None
    assert leak.size.low is not None
    assert 0 < leak.size.low <= leak.size.estimate


@pytest.mark.parametrize("name", BOUNDED)
def test_what_is_bounded_is_none(name: str) -> None:
    assert judge_survey(survey(memory(BOUNDED[name]))).verdict is LeakVerdict.FREE


def test_a_rate_is_growth_over_operations_with_the_lowest_and_highest_round() -> None:
    figure = rate_interval([10, 30, 20], [10, 10, 20])
    assert (figure.estimate, figure.low, figure.high, figure.n) == (1.5, 1.0, 3.0, 3)
    assert figure.level == pytest.approx(0.75)


def test_the_interval_holds_the_median_rate_as_often_as_it_says() -> None:
    draw = random.Random(5)
    trials = 4000
    held = 0
    for _ in range(trials):
        # Very skew: the median of exp(normal) is 1, its mean is not.
        amounts = [round(1000 * math.exp(draw.gauss(0, 2))) for _ in range(5)]
        figure = rate_interval(amounts, [1000] * 5)
        assert figure.low is not None
        assert figure.high is not None
        held += figure.low <= 1 <= figure.high
    assert held / trials == pytest.approx(1 - 2**-4, abs=0.012)


def test_growth_that_slows_down_is_undecided_and_says_so() -> None:
    sizes = after_each(lambda n: 64 * n**0.7)
    result = judge_survey(survey(memory(sizes)))
    assert result.verdict is LeakVerdict.UNDECIDED
    assert "slowly" in str(result.leaks[0].reason)


def test_a_ring_that_was_filled_before_turns_over_and_is_no_leak() -> None:
    written, given_up = after_each(lambda n: 48 * n), after_each(lambda n: 10**6 - 48 * n)
    assert judge_survey(survey(memory(written, 1), memory(given_up, 2))).leaks == ()
    half = after_each(lambda n: 10**6 - 20 * n)
    assert judge_survey(survey(memory(written, 1), memory(half, 2))).verdict is LeakVerdict.LEAK


def test_few_operations_are_not_enough_to_tell_a_leak_from_a_cache() -> None:
    operations = tuple(range(1, 11))
    sizes = list(itertools.accumulate((16 * each for each in operations), initial=0))
    slow = judge_survey(survey(memory(sizes), operations=operations, before=1))
    assert slow.verdict is LeakVerdict.UNDECIDED
    assert str(FEWEST_OPERATIONS) in str(slow.leaks[0].reason)


def test_too_few_rounds_are_undecided_whatever_grew() -> None:
    short = survey(memory([0, 16, 32, 48, 64]), operations=(1000,) * 4)
    result = judge_survey(short)
    assert result.verdict is LeakVerdict.UNDECIDED
    assert "too few rounds" in str(result.reason)


def test_things_of_the_system_are_judged_by_their_number() -> None:
    for kept in ("socket", "descriptor", "task", "thread", "file", "garbage"):
        assert isinstance(kept, str)
        counts = tuple(3 + each for each in TOTALS)
        series = Series(kept=_kept(kept), stack=(), counts=counts)
        (leak,) = judge_survey(survey(series)).leaks
        assert (leak.kept, leak.objects.estimate, leak.size) == (kept, 1.0, None)


def _kept(word: str) -> Kept:
    kinds: dict[str, Kept] = {
        "socket": "socket",
        "descriptor": "descriptor",
        "task": "task",
        "thread": "thread",
        "file": "file",
        "garbage": "garbage",
    }
    return kinds[word]


def test_what_the_heap_holds_is_told_only_where_nothing_traced_explains_it() -> None:
    held = tuple(after_each(lambda n: 48 * n))
    heap = Series(kept="native", stack=(), counts=held, sizes=held)
    (leak,) = judge_survey(survey(heap)).leaks
    assert leak.kept == "native"
    both = judge_survey(survey(heap, memory(after_each(lambda n: 40 * n)))).leaks
    assert [each.kept for each in both] == ["memory"]


def test_remainders_that_only_fluctuate_rise_throughout_as_rarely_as_the_bound_says() -> None:
    # With 4 marks that count the bound is 1/24, large enough to be seen in few trials.
    draw = random.Random(11)
    trials, rose = 6000, 0
    for _ in range(trials):
        marks = [draw.randrange(10**6) for _ in range(4)]
        rose += all(b > a for a, b in itertools.pairwise(marks))
    assert rose / trials == pytest.approx(chance_of_rising(4), abs=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_no_alarm_in_hundreds_of_benchmarks_with_many_sites_that_fluctuate(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(120):
        series = [memory([draw.randrange(10**6) for _ in TOTALS], line) for line in range(40)]
        assert judge_survey(survey(*series)).leaks == ()


@given(st.lists(st.integers(0, 10**6), min_size=11, max_size=11), st.integers(1, 10**6))
def test_what_was_held_before_does_not_matter(sizes: list[int], more: int) -> None:
    lifted = [each + more for each in sizes]
    one, other = (judge_survey(survey(memory(each))) for each in (sizes, lifted))
    assert one.verdict is other.verdict


@given(st.lists(st.integers(0, 10**6), min_size=11, max_size=11))
def test_a_leak_is_shown_with_a_rate_that_is_surely_above_nothing(sizes: list[int]) -> None:
    for leak in judge_survey(survey(memory(sizes))).leaks:
        assert leak.size is not None
        assert leak.size.low is not None
        assert leak.size.low > 0


@given(st.permutations(range(4)))
def test_the_order_of_the_sites_does_not_matter(order: list[int]) -> None:
    sites = [memory(after_each(lambda n, k=k: 16 * k * n), k) for k in range(4)]  # type: ignore[misc]
    shown = judge_survey(survey(*(sites[each] for each in order))).leaks
    assert [leak.stack[0].line for leak in shown] == [3, 2, 1]


def test_two_processes_must_agree_on_the_line() -> None:
    leaking = after_each(lambda n: 16 * n)
    one, other = (judge_survey(survey(memory(leaking, line))) for line in (1, 2))
    assert judge_surveys(one, one).verdict is LeakVerdict.LEAK
    assert judge_surveys(one, one).surveys == 2
    assert judge_surveys(one, other).verdict is LeakVerdict.UNDECIDED
    nothing = judge_survey(survey())
    assert judge_surveys(one, nothing).verdict is LeakVerdict.FREE
