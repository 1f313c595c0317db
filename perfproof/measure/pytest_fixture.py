"""pytest-benchmark's fixture with the blocks of perfproof instead of its own rounds."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture, PauseInstrumentation

from perfproof.measure.blocks import Subject
from perfproof.record import Benchmark

__all__ = ["CodspeedFixture", "MeasuredFixture", "StandAt"]

StandAt = Callable[[Callable[[Benchmark], Subject]], None]
"""Stands at the benchmark of a test, told how to make the subject from its description."""

_COROUTINE = (
    "not measured: `benchmark` was given a coroutine, so it would time how one is made and never"
    " how it runs; give it a function that runs it, as in"
    " `benchmark(lambda: loop.run_until_complete(work()))`"
)
_FEW_CALLS = 3
"""For the figures of a test whose benchmark the controller had no need to measure."""


class CodspeedFixture:
    """A plugin: ``codspeed_benchmark`` is ``benchmark``, also where pytest-codspeed is not."""

    @pytest.fixture
    def codspeed_benchmark(self, benchmark: BenchmarkFixture) -> BenchmarkFixture:
        """The other name under which suites for pytest-codspeed ask for the fixture."""
        return benchmark


class MeasuredFixture(BenchmarkFixture):  # type: ignore[misc,unused-ignore]  # it is untyped
    """What a test gets as ``benchmark``; everything but the timing is pytest-benchmark's."""

    stand_at: StandAt
    _rounds: _Rounds | None = None

    @classmethod
    def take_over(cls, fixture: BenchmarkFixture, stand_at: StandAt) -> None:
        """Make a fixture measure as we do.

        The object stays the one that pytest-benchmark made, so that autouse fixtures which keep
        it, its marks and its report hooks all go on working.
        """
        fixture.__class__ = cls
        assert isinstance(fixture, cls)
        fixture.stand_at = stand_at

    @property
    def stats(self) -> Any:  # noqa: ANN401  # pytest-benchmark's own, untyped
        """The figures of this run; ``None`` before the benchmark was called."""
        rounds = self._rounds
        if rounds is None:
            return None
        if rounds.figures is None:
            # Decided long ago, or the other side has nothing: nobody asked for a block here,
            # but the test wants to see one.
            rounds.take_few()
        return rounds.figures

    @stats.setter
    def stats(self, figures: object) -> None:
        """Kept by the rounds; ``_make_stats`` sets it too."""

    def _raw(
        self,
        function_to_benchmark: Callable[..., Any],
        *args: Any,  # noqa: ANN401
        **kwargs: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        if inspect.iscoroutinefunction(function_to_benchmark):
            pytest.skip(_COROUTINE)
        run = self._make_runner(function_to_benchmark, args, kwargs)  # type: ignore[no-untyped-call]

        def time_block(calls: int) -> int:
            with PauseInstrumentation():  # type: ignore[no-untyped-call]
                seconds: float = run(range(calls))
            return round(seconds * 1e9)

        self._measure(time_block, fixed_calls=None, fixed_blocks=None)
        result = function_to_benchmark(*args, **kwargs)
        if inspect.iscoroutine(result):
            result.close()
            pytest.skip(_COROUTINE)
        return result

    def _raw_pedantic(  # noqa: PLR0913, PLR0917  # pytest-benchmark's signature
        self,
        target: Callable[..., Any],
        args: Any = (),  # noqa: ANN401
        kwargs: Any = None,  # noqa: ANN401
        setup: Callable[[], Any] | None = None,
        teardown: Callable[..., Any] | None = None,
        rounds: int = 1,
        warmup_rounds: int = 0,
        iterations: int = 1,
    ) -> Any:  # noqa: ANN401
        _check_pedantic(rounds, warmup_rounds, iterations, setup)
        if inspect.iscoroutinefunction(target):
            pytest.skip(_COROUTINE)
        result: Any = None
        was_run = False

        def one_round(calls: int) -> int:
            nonlocal result, was_run
            used_args, used_kwargs = _arguments(args, kwargs, setup)
            run = self._make_runner(target, used_args, used_kwargs)  # type: ignore[no-untyped-call]
            elapsed: float
            with PauseInstrumentation():  # type: ignore[no-untyped-call]
                if calls > 1:
                    elapsed = run(range(calls))
                else:
                    elapsed, result = run(None)
                    was_run = True
            if teardown is not None:
                teardown(*used_args, **used_kwargs)
            return round(elapsed * 1e9)

        for _ in range(warmup_rounds):
            one_round(iterations)
        self._measure(one_round, fixed_calls=iterations, fixed_blocks=rounds)
        if not was_run:
            one_round(1)
        return result

    def _measure(
        self, time_block: Callable[[int], int], fixed_calls: int | None, fixed_blocks: int | None
    ) -> None:
        rounds = self._rounds = _Rounds(self._make_figures, time_block, fixed_calls or 1)
        self.stand_at(
            lambda benchmark: Subject(
                benchmark=benchmark,
                time_block=time_block,
                fixed_calls=fixed_calls,
                fixed_blocks=fixed_blocks,
                seen=rounds.saw,
            )
        )

    def _make_figures(self, calls: int) -> Any:  # noqa: ANN401
        return self._make_stats(calls)  # type: ignore[no-untyped-call]


class _Rounds:
    """What one call of the fixture has measured, as pytest-benchmark's own statistics."""

    def __init__(
        self, make: Callable[[int], Any], time_block: Callable[[int], int], calls: int
    ) -> None:
        self._make = make
        self._time_block = time_block
        self._calls = calls
        self.figures: Any = None

    def saw(self, calls: int, elapsed_ns: int) -> None:
        """Count one block of so many calls."""
        if self.figures is None:
            self.figures = self._make(calls)
        self.figures.update(elapsed_ns / 1e9)

    def take_few(self) -> None:
        """Measure here and now, the first time unseen as it is cold."""
        self._time_block(self._calls)
        for _ in range(_FEW_CALLS):
            self.saw(self._calls, self._time_block(self._calls))


def _check_pedantic(
    rounds: object, warmup_rounds: object, iterations: object, setup: object
) -> None:
    """The refusals of pytest-benchmark's own pedantic mode."""
    if not isinstance(iterations, int) or iterations < 1:
        raise ValueError("Must have positive int for `iterations`.")
    if not isinstance(rounds, int) or rounds < 1:
        raise ValueError("Must have positive int for `rounds`.")
    if not isinstance(warmup_rounds, int) or warmup_rounds < 0:
        raise ValueError("Must have positive int for `warmup_rounds`.")
    if iterations > 1 and setup:
        raise ValueError("Can't use more than 1 `iterations` with a `setup` function.")


def _arguments(
    args: Any,  # noqa: ANN401
    kwargs: dict[str, Any] | None,
    setup: Callable[[], Any] | None,
) -> tuple[Any, dict[str, Any]]:
    if setup is not None:
        made = setup()
        if made:
            if args or kwargs:
                raise TypeError("Can't use `args` or `kwargs` if `setup` returns the arguments.")
            return made[0], made[1]
    return args, kwargs or {}
