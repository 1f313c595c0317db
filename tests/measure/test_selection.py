"""Node ids and -k expressions choose what a pytest user expects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfproof.errors import UseError
from perfproof.measure.selection import Selection, parse_expression
from perfproof.record import Benchmark

IDS = (
    "benchmarks/test_a.py::test_manager",
    "benchmarks/test_a.py::test_manager_cold",
    "benchmarks/test_a.py::test_send[1]",
    "benchmarks/test_a.py::test_send[100]",
    "benchmarks/perf_b.py::tracker",
)
ALL = tuple(Benchmark(id=each, name=each.split("::")[1], runner="pyperf") for each in IDS)


def chosen(*node_ids: str, expression: str | None = None) -> list[str]:
    return [each.id for each in Selection(node_ids, expression).choose(ALL)]


def test_nothing_said_means_everything() -> None:
    assert chosen() == list(IDS)


@pytest.mark.parametrize(
    ("expression", "places"),
    [
        ("manager", [0, 1]),
        ("manager and not cold", [0]),
        ("MANAGER or tracker", [0, 1, 4]),
        ("not (manager or tracker)", [2, 3]),
        ("test_a and not test_send", [0, 1]),
        ("not not tracker", [4]),
        ("send[100]", [3]),
    ],
)
def test_an_expression_chooses(expression: str, places: list[int]) -> None:
    assert chosen(expression=expression) == [IDS[place] for place in places]


@pytest.mark.parametrize(
    ("node_id", "places"),
    [
        ("benchmarks/test_a.py", [0, 1, 2, 3]),
        ("./benchmarks/", [0, 1, 2, 3, 4]),
        ("benchmarks/test_a.py::test_manager", [0]),
        ("benchmarks/test_a.py::test_send", [2, 3]),
        ("benchmarks/test_a.py::test_send[1]", [2]),
    ],
)
def test_a_node_id_chooses_itself_and_what_stands_under_it(node_id: str, places: list[int]) -> None:
    assert chosen(node_id) == [IDS[place] for place in places]


def test_an_unknown_id_is_refused_with_the_nearest() -> None:
    with pytest.raises(UseError, match=r"did you mean 'benchmarks/perf_b.py::tracker'"):
        chosen("benchmarks/perf_b.py::trackr")


def test_an_expression_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(UseError, match="leaves none of 5"):
        chosen(expression="nothing_like_it")


@pytest.mark.parametrize("expression", ["and", "a or", "(a", "a b", "a)", "not", "()"])
def test_a_broken_expression_is_refused_in_a_sentence(expression: str) -> None:
    with pytest.raises(UseError, match="is not an expression"):
        chosen(expression=expression)


words = st.sampled_from(["alpha", "beta", "gamma"])
trees = st.recursive(
    words,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        inner.map(lambda part: f"not {part}"),
    ),
)


@given(trees, st.sets(words))
def test_an_expression_means_what_python_would_mean(expression: str, present: set[str]) -> None:
    truth = {word: word in present for word in ("alpha", "beta", "gamma")}
    expected = eval(expression, {}, truth)
    assert parse_expression(expression).holds(" ".join(present)) is expected


def test_a_very_long_row_of_nots_is_no_trouble() -> None:
    assert parse_expression("not " * 10_001 + "x").holds("y")
