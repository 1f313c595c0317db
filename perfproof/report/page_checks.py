"""The page's first half: the decision, its risk, and each phase with its checks."""

from __future__ import annotations

from collections.abc import Sequence

from perfproof.record import Check, Decision, Outcome, Proof, Risk, SabotageSeen
from perfproof.report.bars import bar
from perfproof.report.elements import Markup, element, name, table
from perfproof.report.wording import (
    OUTCOME_SYMBOLS,
    level_text,
    show_figure,
    show_limit,
    tally,
    worst_checks,
)

__all__ = ["decision_section", "overview_section", "phase_sections"]

_RISK_TONES = {Risk.LOW: "passed", Risk.MEDIUM: "undecided", Risk.HIGH: "failed"}


def decision_section(proof: Proof, risk_rule: Sequence[str]) -> Markup:
    """GO or NO-GO, the risk, what it rests on, and the rule."""
    tone = "passed" if proof.decision is Decision.GO else "failed"
    counts = tally(check.outcome.value for check in worst_checks(proof.checks))
    banner = element(
        "div",
        element("strong", proof.decision.value),
        element(
            "span",
            "risk ",
            element("b", proof.risk.value, class_=_RISK_TONES[proof.risk]),
            element("br"),
            f"{len(proof.checks)} checks: {counts}",
        ),
        class_=f"banner {tone}",
        role="status",
    )
    reasons = element("ul", *(element("li", reason) for reason in proof.risk_reasons))
    rule = element(
        "details",
        element("summary", "The rule of the risk rating"),
        element("ul", *(element("li", line) for line in risk_rule)),
    )
    return element("section", banner, reasons, rule, aria_label="Decision")


def overview_section(proof: Proof) -> Markup:
    """Every check in one table, the worst first, each with a link to its evidence."""
    places = {check.id: number for number, check in enumerate(proof.checks)}
    rows = [
        (
            element("a", name(check.id), href=f"#check-{places[check.id]}"),
            badge(check.outcome),
            show_figure(check.figure, check.unit),
            show_limit(check.limit, check.unit),
            "yes" if check.mandatory else "no",
        )
        for check in worst_checks(proof.checks)
    ]
    levels = level_text(check.figure for check in proof.checks)
    caption = f"All checks, the worst first. {levels} n counts processes; of trials, the trials."
    headings = ("check", "outcome", "figure", "limit", "mandatory")
    return element("section", element("h2", "Checks"), table(headings, rows, caption=caption))


def badge(outcome: Outcome) -> Markup:
    """An outcome as symbol, word and colour."""
    text = f"{OUTCOME_SYMBOLS[outcome]} {outcome.value}"
    return element("span", text, class_=f"badge {outcome.value}")


def phase_sections(proof: Proof) -> list[Markup]:
    """A section a phase, in the order of the proof."""
    places = {check.id: number for number, check in enumerate(proof.checks)}
    sections = []
    for phase in dict.fromkeys(check.phase for check in proof.checks):
        checks = [check for check in proof.checks if check.phase == phase]
        articles = [_article(check, places[check.id]) for check in checks]
        sections.append(element("section", element("h2", phase), *articles))
    return sections


def _article(check: Check, place: int) -> Markup:
    head = element("div", element("h3", name(check.id)), badge(check.outcome), class_="head")
    drawn = Markup("")
    if check.figure is not None:
        drawn = Markup(bar(check.figure, check.limit, check.unit, check.outcome.value))
    figure = show_figure(check.figure, check.unit)
    limit = show_limit(check.limit, check.unit)
    facts = {
        "seen": check.reason,
        "limit": limit or "none",
        "mandatory": "yes" if check.mandatory else "no, GO does not need it",
        "repeat it": name(check.command),
        "sabotage": _sabotage(check.sabotage),
    }
    listed = [part for key, value in facts.items() for part in _entry(key, value)]
    return element(
        "article",
        head,
        element("p", check.claim),
        element("p", figure, class_="figure"),
        drawn,
        element("dl", *listed),
        class_=f"check {check.outcome.value}",
        id=f"check-{place}",
    )


def _entry(key: str, value: str) -> tuple[Markup, Markup]:
    return element("dt", key), element("dd", value)


def _sabotage(sabotage: SabotageSeen | None) -> Markup:
    if sabotage is None:
        return element("span", "none is named, so nobody has seen this check fail")
    if sabotage.seen is None:
        why = sabotage.reason or "never seen"
        return element("span", name(sabotage.name), f" was not seen to turn it red: {why}")
    reason = f": {sabotage.reason}" if sabotage.reason else ""
    return element("span", name(sabotage.name), f" turned it red on {sabotage.seen}{reason}")
