"""Which benchmarks are meant: node ids and ``-k`` expressions, as pytest users write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from perfproof.configuration.tables import nearest
from perfproof.errors import UseError
from perfproof.record import Benchmark

__all__ = ["Selection"]

_TOKEN = re.compile(r"\s*(?:(?P<bracket>[()])|(?P<word>[^\s()]+))")
_OPERATORS = frozenset({"and", "or", "not"})


@dataclass(frozen=True, slots=True)
class Selection:
    """The user's choice; empty means everything.

    Attributes:
        node_ids: Ids, files or folders; a prefix that ends at ``/``, ``::`` or ``[`` counts.
        expression: Words joined by ``and``, ``or``, ``not`` and brackets; a word is found
            anywhere in an id, in any case.
    """

    node_ids: tuple[str, ...] = ()
    expression: str | None = None

    @property
    def chooses(self) -> bool:
        """Whether anything less than everything is meant."""
        return bool(self.node_ids or self.expression)

    def choose(self, benchmarks: Sequence[Benchmark]) -> tuple[Benchmark, ...]:
        """The benchmarks that are meant, in their given order.

        Raises:
            UseError: An id that matches nothing, a broken expression, or nothing left.
        """
        ids = [benchmark.id for benchmark in benchmarks]
        for node_id in self.node_ids:
            if not any(_under(each, node_id) for each in ids):
                raise UseError(
                    f"no benchmark is called '{node_id}'{nearest(node_id, ids)}",
                    remedy="`perfproof list` shows them all",
                )
        meant = parse_expression(self.expression) if self.expression else None
        chosen = tuple(
            benchmark
            for benchmark in benchmarks
            if (not self.node_ids or any(_under(benchmark.id, each) for each in self.node_ids))
            and (meant is None or meant.holds(benchmark.id.lower()))
        )
        if benchmarks and not chosen:
            raise UseError(
                f"-k '{self.expression}' leaves none of {len(benchmarks)} benchmarks",
                remedy="`perfproof list` shows them all",
            )
        return chosen


def _under(benchmark_id: str, wanted: str) -> bool:
    wanted = wanted.removeprefix("./").rstrip("/")
    rest = benchmark_id.removeprefix(wanted)
    return benchmark_id == wanted or (rest != benchmark_id and rest.startswith(("/", "::", "[")))


@dataclass(frozen=True, slots=True)
class _Node:
    """``word``, or an operator over its parts."""

    operator: str
    word: str = ""
    parts: tuple[_Node, ...] = ()

    def holds(self, text: str) -> bool:
        if self.operator == "word":
            return self.word in text
        if self.operator == "not":
            return not self.parts[0].holds(text)
        every = all if self.operator == "and" else any
        return every(part.holds(text) for part in self.parts)


def parse_expression(expression: str) -> _Node:
    """A ``-k`` expression as a tree.

    Raises:
        UseError: The expression is not one.
    """
    tokens = [match.group().strip() for match in _TOKEN.finditer(expression)]
    parser = _Parser(tokens, expression)
    node = parser.either()
    parser.finish()
    return node


class _Parser:
    def __init__(self, tokens: list[str], expression: str) -> None:
        self._tokens = tokens[::-1]
        self._expression = expression

    def either(self) -> _Node:
        parts = [self.both()]
        while self._taken("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else _Node("or", parts=tuple(parts))

    def both(self) -> _Node:
        parts = [self.single()]
        while self._taken("and"):
            parts.append(self.single())
        return parts[0] if len(parts) == 1 else _Node("and", parts=tuple(parts))

    def single(self) -> _Node:
        # Counted, not recursed: a row of ten thousand `not`s is input too.
        negations = 0
        while self._taken("not"):
            negations += 1
        node = self._operand()
        return _Node("not", parts=(node,)) if negations % 2 else node

    def _operand(self) -> _Node:
        token = self._tokens.pop() if self._tokens else None
        if token == "(":
            node = self.either()
            if not self._taken(")"):
                raise self._broken("a bracket is not closed")
            return node
        if token is None or token == ")" or token in _OPERATORS:
            raise self._broken(f"a word is missing before '{token}'" if token else "it ends early")
        return _Node("word", word=token.lower())

    def finish(self) -> None:
        if self._tokens:
            raise self._broken(f"'and' or 'or' is missing before '{self._tokens[-1]}'")

    def _taken(self, token: str) -> bool:
        if self._tokens and self._tokens[-1] == token:
            self._tokens.pop()
            return True
        return False

    def _broken(self, what: str) -> UseError:
        return UseError(
            f"-k '{self._expression}' is not an expression: {what}",
            remedy="write it as in -k 'manager and not cold'",
        )
