"""The evidence as one HTML file that needs nothing else: no script, no address, no font."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from perfproof.record import Comparisons, Interval, Proof, Session, TargetResult
from perfproof.report.drawings import Forest, StripPanel
from perfproof.report.elements import Markup, element
from perfproof.report.page_checks import decision_section, overview_section, phase_sections
from perfproof.report.page_figures import (
    circumstances_section,
    comparison_section,
    distribution_section,
    target_section,
)
from perfproof.report.page_style import STYLE

__all__ = ["PageContent", "html_page", "load_drawer"]

Drawer = Callable[[Sequence[StripPanel | Forest], str], list[str]]
"""Data and a prefix for ids to ``<svg>`` elements."""

# No script may run and nothing may be fetched, whatever a name in the page tries.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class PageContent:
    """All that a page shows.

    Attributes:
        proof: The evidence.
        risk_rule: The rule behind the rating, a line each.
        session: The raw values behind the figures; ``None`` when nothing was measured.
        figures: Typical seconds of a call by benchmark id.
        comparisons: Each comparison that a check rests on.
        targets: Every benchmark that a check holds against a limit.
    """

    proof: Proof
    risk_rule: tuple[str, ...]
    session: Session | None = None
    figures: Mapping[str, Interval] = field(default_factory=dict)
    comparisons: tuple[Comparisons, ...] = ()
    targets: tuple[TargetResult, ...] = ()


def load_drawer() -> Drawer | None:
    """What draws the plots, or ``None`` where matplotlib is not installed.

    The import is paid here (up to a second), by who wants a page and by nobody else.
    """
    try:
        drawer: Drawer = importlib.import_module("perfproof.report.plots").draw_all
    except ModuleNotFoundError as exc:
        if exc.name is None or exc.name.partition(".")[0] != "matplotlib":
            raise
        return None
    return drawer


def html_page(content: PageContent, drawer: Drawer | None) -> str:
    """The whole page.

    Args:
        content: What it shows.
        drawer: From ``load_drawer``; with ``None`` the page says what to install for plots.
    """
    proof = content.proof
    sections = [
        decision_section(proof, content.risk_rule),
        overview_section(proof),
        *phase_sections(proof),
        *([target_section(content.targets)] if content.targets else []),
        *(
            comparison_section(each, drawer, place)
            for place, each in enumerate(content.comparisons)
        ),
        *(
            [distribution_section(content.session, content.figures, drawer)]
            if content.session
            else []
        ),
        circumstances_section(proof, content.session),
    ]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{proof.decision.value}: {proof.title}"),
        element("style", Markup(STYLE)),
    )
    body = element("body", element("main", element("h1", proof.title), *sections))
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"
