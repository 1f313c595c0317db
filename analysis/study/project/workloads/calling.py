"""Plain Python: calls, attributes, arithmetic."""

from collections.abc import Callable

from .size import units


def prepare_arithmetic(count: int) -> Callable[[], int]:
    """One addition of small integers a unit."""
    steps = (3,) * units(count)

    def add() -> int:
        total = 0
        for step in steps:
            total += step
        return total

    return add


def double(value: int) -> int:
    """What is called."""
    return value + value


def prepare_calls(count: int) -> Callable[[], int]:
    """One call of a Python function a unit."""
    values = (21,) * units(count)

    def call() -> int:
        result = 0
        for value in values:
            result = double(value)
        return result

    return call


class Account:
    """Something with attributes and a dictionary."""

    def __init__(self) -> None:
        self.balance = 100
        self.limits = {"day": 50, "week": 200}


def prepare_attributes(count: int) -> Callable[[], int]:
    """Two attributes read, one written and one key looked up a unit."""
    account = Account()
    turns = (1,) * units(count)

    def book() -> int:
        for turn in turns:
            account.balance = (account.balance + account.limits["day"] - turn) & 1023
        return account.balance

    return book
