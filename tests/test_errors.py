"""Every error speaks: what, where, what to do; and ends the program with its own code."""

from __future__ import annotations

import pytest

from perfproof.errors import (
    ExitCode,
    FingerprintError,
    MachineryError,
    PerfproofError,
    ResultFileError,
    SettingError,
    UseError,
    WorkerError,
)
from perfproof.judge.quantiles import TooFewValuesError

TABLE: list[tuple[PerfproofError, str, ExitCode]] = [
    (UseError("no benchmark was found"), "no benchmark was found.", ExitCode.BAD_USE),
    (
        SettingError("unknown key 'x'", where="pyproject.toml", remedy="the keys are y"),
        "pyproject.toml: unknown key 'x'; the keys are y.",
        ExitCode.BAD_USE,
    ),
    (ResultFileError("is damaged", where="a, line 3"), "a, line 3: is damaged.", ExitCode.BAD_USE),
    (FingerprintError("differs"), "differs.", ExitCode.BAD_USE),
    (
        TooFewValuesError(0.95, 80, 104),
        "80 values cannot carry the 95 % quantile with both ends of its interval;"
        " it takes 104 values.",
        ExitCode.BAD_USE,
    ),
    (MachineryError("broke", remedy="try again"), "broke; try again.", ExitCode.MACHINERY),
    (WorkerError("died", where="process 3"), "process 3: died.", ExitCode.MACHINERY),
]


@pytest.mark.parametrize(("error", "sentence", "code"), TABLE, ids=lambda each: type(each).__name__)
def test_an_error_is_a_sentence_and_a_code(
    error: PerfproofError, sentence: str, code: ExitCode
) -> None:
    assert (str(error), error.exit_code) == (sentence, code)


def test_every_error_stands_in_the_table() -> None:
    def below(kind: type[PerfproofError]) -> set[type[PerfproofError]]:
        return {kind}.union(*(below(each) for each in kind.__subclasses__()))

    assert {type(error) for error, _, _ in TABLE} == below(PerfproofError) - {PerfproofError}
