import asyncio
from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system_under_test.agent import AgentReply, AgentRequest
from system_under_test.steps import MOST_FIGURES, best_cuts, default_agents
from tests.system_under_test.fakes import make_context


def replies_to(text: str) -> dict[str, AgentReply]:
    async def steps() -> dict[str, AgentReply]:
        replies: dict[str, AgentReply] = {}
        for name, agent in default_agents().items():
            request = AgentRequest(context=make_context(), text=text, earlier=dict(replies))
            replies[name] = await agent.run(request)
        return replies

    return asyncio.run(steps())


def test_a_message_with_figures_gets_the_best_plan_for_them() -> None:
    replies = replies_to("Servers cost 10, 20 and 30; storage 25.5, people 14 a day")
    assert replies["data"].figures["figures"] == [10.0, 20.0, 30.0, 25.5, 14.0]
    assert replies["data"].figures["total"] == 99.5
    assert replies["optimisation"].figures["sums"] == [30.0, 30.0, 39.5]
    assert "39.5" in replies["report"].text
    assert "99.5" in replies["report"].text


def test_without_figures_the_lengths_of_the_words_are_planned() -> None:
    replies = replies_to("one three five")
    assert replies["data"].figures["figures"] == [3.0, 5.0, 4.0]
    assert replies["optimisation"].figures["largest"] == 5.0


@pytest.mark.parametrize("text", ["", "   ", "...", "\x00", "9" * 8000, "1e999 nan", "\U0001f600"])
def test_every_text_gets_an_answer(text: str) -> None:
    assert replies_to(text)["report"].text.startswith("Your message has ")


def test_the_same_text_gets_the_same_answer_and_another_text_another() -> None:
    assert replies_to("plan 1 2 3") == replies_to("plan 1 2 3")
    assert replies_to("plan 1 2 3") != replies_to("plan 1 2 4")


def test_the_work_is_bounded_whatever_the_message() -> None:
    assert len(replies_to("7 " * 4000)["data"].figures["figures"]) == MOST_FIGURES


def largest_after(figures: list[float], cuts: tuple[int, int]) -> float:
    first, second = cuts
    return max(sum(figures[:first]), sum(figures[first:second]), sum(figures[second:]))


@given(st.lists(st.integers(0, 1000).map(float), max_size=9))
def test_no_other_cuts_do_better(figures: list[float]) -> None:
    every = combinations_with_replacement(range(len(figures) + 1), 2)
    best = min(largest_after(figures, cuts) for cuts in every)
    assert largest_after(figures, best_cuts(figures)) == best
