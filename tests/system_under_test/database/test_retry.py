from __future__ import annotations

from random import Random

import pytest

from system_under_test.database import errors
from system_under_test.database.errors import DeadlockError, IntegrityError, TransactionError
from system_under_test.database.retry import RetryPolicy, Waiting, repeated
from tests.system_under_test.database.stories import run


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def waiting(self, seed: int = 1) -> Waiting:
        return Waiting(clock=lambda: self.now, sleep=self.sleep, chance=Random(seed))


class Work:
    """Fails so often with one error, then gives 7."""

    def __init__(self, error: Exception, failures: int) -> None:
        self.error = error
        self.left = failures
        self.calls = 0

    async def __call__(self) -> int:
        self.calls += 1
        if self.left:
            self.left -= 1
            raise self.error
        return 7


def test_work_that_a_retry_can_help_is_done_again() -> None:
    work, time = Work(DeadlockError("working"), failures=3), FakeTime()
    assert run(repeated(work, RetryPolicy(), time.waiting())) == 7
    assert (work.calls, len(time.slept)) == (4, 3)


@pytest.mark.parametrize("error", [IntegrityError("working"), ValueError("mine"), KeyError("k")])
def test_nothing_else_is_ever_repeated(error: Exception) -> None:
    work, time = Work(error, failures=1), FakeTime()
    with pytest.raises(type(error)):
        run(repeated(work, RetryPolicy(), time.waiting()))
    assert (work.calls, time.slept) == (1, [])


def test_attempts_are_bounded_and_the_last_error_says_how_many_there_were() -> None:
    work, time = Work(DeadlockError("working"), failures=99), FakeTime()
    with pytest.raises(DeadlockError) as caught:
        run(repeated(work, RetryPolicy(attempts=4), time.waiting()))
    assert work.calls == 4
    assert caught.value.__notes__ == ["given up after 4 attempts"]


def test_no_attempt_begins_after_the_total_time() -> None:
    policy = RetryPolicy(attempts=10_000, first_seconds=1.0, longest_seconds=1.0, total_seconds=5.0)
    work, time = Work(errors.ConnectionError("working"), failures=10_000), FakeTime()
    with pytest.raises(errors.ConnectionError):
        run(repeated(work, policy, time.waiting()))
    assert time.now <= 105.0
    assert 5 <= work.calls < 40


def test_waits_double_up_to_a_bound_and_are_spread_over_all_of_it() -> None:
    policy = RetryPolicy(first_seconds=0.1, longest_seconds=0.4)
    for attempt, bound in ((1, 0.1), (2, 0.2), (3, 0.4), (4, 0.4), (5_000, 0.4)):
        waits = [policy.wait_seconds(attempt, Random(seed)) for seed in range(400)]
        assert 0 <= min(waits) < 0.1 * bound
        assert 0.9 * bound < max(waits) <= bound


def test_a_seed_repeats_the_waits() -> None:
    waits = []
    for _ in range(2):
        time = FakeTime()
        run(repeated(Work(DeadlockError("working"), failures=4), RetryPolicy(), time.waiting(5)))
        waits.append(time.slept)
    assert waits[0] == waits[1]


@pytest.mark.parametrize(
    "wrong", [{"attempts": 0}, {"first_seconds": -1.0}, {"first_seconds": 9.0}]
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="attempts is 1 at least"):
        RetryPolicy(**wrong)  # type: ignore[arg-type]


def test_an_error_of_unknown_outcome_is_repeated_like_others() -> None:
    # `repeated` is only asked by work that is safe to repeat.
    error: TransactionError = errors.ConnectionError("committing")
    error.outcome_unknown = True
    assert run(repeated(Work(error, failures=1), RetryPolicy(), FakeTime().waiting())) == 7
