"""One sample to one value: what cancels, what is refused."""

import math

import msgspec
import numpy as np
import pytest

from perfproof.errors import UseError
from perfproof.judge import process_location, relative_location
from perfproof.judge.locations import locate, undisturbed
from perfproof.record import Sample
from tests.judge.planted import CALLS, YARDSTICK_NS, Scatter, log_blocks, session_of
from tests.judge.test_biweight import literal_biweight


def sample(
    blocks: tuple[int, ...], *, calls: int = 10, yards: tuple[int, ...] | None = None
) -> Sample:
    count = len(blocks)
    return Sample(
        benchmark="b",
        process=0,
        calls=calls,
        block_ns=blocks,
        yardstick_ns=yards,
        order=tuple(range(count)),
        slot=(0,) * count,
    )


def test_a_process_lies_at_the_biweight_of_its_log_seconds_a_call() -> None:
    one = sample((1000, 1100, 1050, 9000, 980))
    expected = literal_biweight([math.log(seconds) for seconds in one.seconds])
    assert process_location(one) == pytest.approx(expected, abs=1e-7)


def test_samples_of_different_lengths_are_located_each_by_itself() -> None:
    samples = [sample((1000, 1100)), sample((900, 950, 990)), sample((500,))]
    found = locate(samples).seconds.tolist()
    assert found == pytest.approx([process_location(one) for one in samples])


def test_the_yardstick_cancels_the_machines_speed() -> None:
    rng = np.random.default_rng(1)
    speed = np.where(rng.random((1, 10, 12)) < 0.4, math.log(0.55), 0.0)
    calm = log_blocks(rng, Scatter(process=0.0, block=0.01), benchmarks=1)
    located = locate(session_of(calm, speed=speed).samples)
    assert located.relative is not None
    expected = math.log(3e-6 * 1e9 / YARDSTICK_NS)
    assert located.relative == pytest.approx(np.full(10, expected), abs=0.02)
    assert located.seconds.std() > 0.1, "seconds alone tell of the machine"


def test_without_a_yardstick_nothing_is_relative() -> None:
    assert relative_location(sample((1000, 1001))) is None
    mixed = [sample((1000,), yards=(500,)), sample((1000,))]
    assert locate(mixed).relative is None
    assert relative_location(mixed[0]) == pytest.approx(math.log(1000 / 10 / 500))


def test_a_block_below_the_clocks_step_is_counted_as_one_nanosecond() -> None:
    assert process_location(sample((0, 0, 0), calls=CALLS)) == pytest.approx(math.log(1e-12))


def test_a_number_too_large_for_a_time_is_refused() -> None:
    with pytest.raises(UseError, match="too large to be a time"):
        process_location(sample((10**400, 1)))


def preempted(blocks: tuple[int, ...], counts: tuple[int, ...] | None) -> Sample:
    return msgspec.structs.replace(sample(blocks), preemptions=counts)


def test_blocks_in_which_the_cpu_was_taken_away_do_not_count() -> None:
    one = preempted((1000, 2000, 1001, 2100, 1002, 1900), (0, 1, 0, 2, 0, 1))
    assert undisturbed(one) == [True, False, True, False, True, False]
    assert process_location(one) == pytest.approx(process_location(sample((1000, 1001, 1002))))


@pytest.mark.parametrize(
    ("counts", "kept"),
    [
        (None, 6),
        ((0, 0, 0, 0, 0, 0), 6),
        ((3, 3, 3, 3, 3, 3), 6),
        ((0, 5, 5, 5, 5, 5), 6),
        ((0, 0, 1, 2, 2, 2), 3),
    ],
)
def test_a_machine_that_preempts_nearly_every_block_is_measured_as_it_is(
    counts: tuple[int, ...] | None, kept: int
) -> None:
    assert sum(undisturbed(preempted((10, 20, 30, 40, 50, 60), counts))) == kept


def test_the_mark_does_not_look_at_the_time() -> None:
    counts = (1, 0, 2, 0, 0, 1)
    slow, quick = (preempted((ns,) * 6, counts) for ns in (10**6, 10**3))
    assert undisturbed(slow) == undisturbed(quick)
