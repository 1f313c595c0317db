"""The three steps of the reference: figures out of a message, a plan for them, a report.

They are deterministic, do real work of some tens of microseconds, and wait for nothing.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Final

from system_under_test.agent import Agent, AgentReply, AgentRequest

BATCHES: Final = 3
# Beyond these, figures say nothing new and only cost time.
MOST_FIGURES: Final = 32
# So few digits that each figure is exact enough and none is infinite.
_find_figures: Final = re.compile(r"(?<![\d.])\d{1,12}(?:\.\d{1,6})?(?![\d.]*\d)").findall
_find_words: Final = re.compile(r"\w+").findall


class DataAgent:
    """Counts the words of the message and finds its figures; without any, the words' lengths."""

    async def run(self, request: AgentRequest, /) -> AgentReply:
        """Return the counts and the figures."""
        words = _find_words(request.text)
        found = [float(figure) for figure in _find_figures(request.text)[:MOST_FIGURES]]
        figures = found or [float(len(word)) for word in words[:MOST_FIGURES]]
        distinct = len({word.casefold() for word in words})
        kind = "figures" if found else "words"
        return AgentReply(
            f"{len(words)} words, {distinct} of them distinct; {len(figures)} {kind} to plan with",
            {
                "words": len(words),
                "distinct_words": distinct,
                "kind": kind,
                "figures": figures,
                "total": sum(figures),
            },
        )


class OptimisationAgent:
    """Divides the figures, in their order, into three batches whose largest sum is smallest."""

    async def run(self, request: AgentRequest, /) -> AgentReply:
        """Return the batches."""
        figures = request.earlier["data"].figures["figures"]
        cuts = best_cuts(figures)
        edges = (0, *cuts, len(figures))
        sums = [sum(figures[a:b]) for a, b in pairwise(edges)]
        return AgentReply(
            f"the largest of {BATCHES} batches sums to {max(sums):g}",
            {"cuts": list(cuts), "sums": sums, "largest": max(sums)},
        )


class ReportAgent:
    """Says in a few sentences what the first two found."""

    async def run(self, request: AgentRequest, /) -> AgentReply:
        """Return the answer for the user."""
        data, plan = request.earlier["data"].figures, request.earlier["optimisation"].figures
        sums = ", ".join(f"{each:g}" for each in plan["sums"])
        counted = f"Your message has {data['words']} words, {data['distinct_words']} distinct."
        if not data["figures"]:
            return AgentReply(f"{counted} There is nothing in it to plan with.")
        what = "figures" if data["kind"] == "figures" else "lengths of its words"
        return AgentReply(
            f"{counted} Its {len(data['figures'])} {what} sum to {data['total']:g}. Kept in order "
            f"and divided into {BATCHES} batches, the best plan has the sums {sums}: no plan has "
            f"a largest batch below {plan['largest']:g}."
        )


def default_agents() -> Mapping[str, Agent]:
    """Return the three steps in order."""
    return {
        "data": DataAgent(),
        "optimisation": OptimisationAgent(),
        "report": ReportAgent(),
    }


def best_cuts(figures: Sequence[float]) -> tuple[int, int]:
    """Return where to cut a sequence into three so that the largest of the sums is smallest.

    The linear partition problem, exact: for each first cut, the best second one lies where the rest
    is halved, found by bisection of the prefix sums. No figure may be below 0.

    Returns:
        Two positions, 0 <= first <= second <= len(figures); of equally good ones the smallest.
    """
    prefix = (0.0, *accumulate(figures))
    total = prefix[-1]
    best = (total, 0, 0)
    for first, before in enumerate(prefix):
        middle = bisect_left(prefix, (before + total) / 2, lo=first)
        for second in (middle - 1, middle):
            if first <= second < len(prefix):
                largest = max(before, prefix[second] - before, total - prefix[second])
                best = min(best, (largest, first, second))
    return best[1], best[2]
