"""``[[tool.perfproof.command]]``: programs that are measured from their start to their end."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

__all__ = ["PYTHON", "CommandEntry"]

PYTHON = "{python}"
"""Stands in a command for the interpreter of the side that is measured."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


class CommandEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One command; it runs in the project's folder (of its side), without a shell.

    Attributes:
        name: Short name; the benchmark is called ``command::name``.
        command: Program and arguments; ``{python}`` is the interpreter.
        expect_exit: Exit status that it must end with.
        output: Whether both sides must write the same to standard output, and the same each time.
        timeout_seconds: It is ended when one run takes longer.
    """

    name: str
    command: tuple[str, ...]
    expect_exit: int = 0
    output: Literal["same", "may differ"] = "same"
    timeout_seconds: float = 30.0

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"name {self.name!r} is not up to 60 letters, digits, dots, dashes or underscores"
            )
        if not self.command or not all(self.command):
            raise ValueError("command needs a program, and no argument may be empty")
        if not 0 <= self.expect_exit <= 255:
            raise ValueError("expect_exit lies between 0 and 255")
        if not self.timeout_seconds > 0:
            raise ValueError("timeout_seconds must be above 0")
