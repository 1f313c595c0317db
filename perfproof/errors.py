"""What can go wrong, as records that can speak.

The tree, with the exit code that each branch ends the program with::

    PerfproofError
    ├── UseError          2  the command, a file or a setting is not usable as given
    │   ├── SettingError     a key or value in the configuration
    │   ├── ResultFileError  a result file that cannot be read as one
    │   └── FingerprintError figures of two different machines were to be compared
    └── MachineryError    4  our own machinery failed; never a verdict about the user's code
        └── WorkerError      a measuring process died, hung or spoke nonsense
"""

from __future__ import annotations

from enum import IntEnum

__all__ = [
    "ExitCode",
    "FingerprintError",
    "MachineryError",
    "PerfproofError",
    "ResultFileError",
    "SettingError",
    "UseError",
    "WorkerError",
]


class ExitCode(IntEnum):
    """What the program's exit status says; stable, and documented for CI."""

    PASS = 0
    CHECK_FAILED = 1
    BAD_USE = 2
    UNDECIDED = 3
    MACHINERY = 4
    INTERRUPTED = 130


class PerfproofError(Exception):
    """The root: every error that perfproof raises on purpose.

    Args:
        what: What is wrong, as a clause without a full stop.
        where: The file, key, benchmark or option it was found in.
        remedy: What the reader can do next, as an imperative clause.
    """

    exit_code: ExitCode = ExitCode.MACHINERY

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{where}{self.what}{remedy}."


class UseError(PerfproofError):
    """The command, an option or an input is not usable as given."""

    exit_code = ExitCode.BAD_USE


class SettingError(UseError):
    """A key or a value in the configuration is refused."""


class ResultFileError(UseError):
    """A file does not hold what a result file must hold."""


class FingerprintError(UseError):
    """Times of two different machines were to be compared."""


class MachineryError(PerfproofError):
    """Our own machinery failed; nothing is said about the measured code."""


class WorkerError(MachineryError):
    """A measuring process died, hung or broke the protocol."""
