from __future__ import annotations

import re
import sys
import time
from html.parser import HTMLParser

import msgspec
import pytest

from perfproof.record import Decision, Outcome, SabotageSeen, TargetVerdict, Verdict
from perfproof.report import PageContent, html_page, load_drawer
from perfproof.report.page_style import DARK, LIGHT
from tests.report.shown import (
    HOSTILE,
    check,
    comparison,
    comparisons,
    figures,
    proof,
    session,
    target,
)

VOID = {"meta", "br", "hr"}
RULE = ("high: a mandatory check did not pass", "low: none of these")
FETCHING = {"src", "srcset", "data", "action", "poster", "background", "formaction", "ping"}


class Page(HTMLParser):
    """A page taken apart; refuses what is not closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def hostile_content() -> PageContent:
    measured = session(3, name=HOSTILE.replace("{", "(").replace("}", ")") + "_{n}")
    bad = check(
        "bad",
        Outcome.FAILED,
        claim=HOSTILE,
        reason=HOSTILE,
        command=HOSTILE,
        phase=HOSTILE,
        sabotage=SabotageSeen(name=HOSTILE, seen=HOSTILE, reason=HOSTILE),
    )
    return PageContent(
        proof=proof(bad, title=HOSTILE, decision=Decision.NO_GO),
        risk_rule=(*RULE, HOSTILE),
        session=measured,
        figures=figures(measured),
        comparisons=(comparisons(comparison(HOSTILE, 1.0, Verdict.SAME)),),
        targets=(target(HOSTILE, 1e-3, TargetVerdict.UNDECIDED),),
    )


def tame_content(count: int = 20) -> PageContent:
    measured = session(count)
    return PageContent(
        proof=proof(check(), check("second", Outcome.ERROR, figure=None, sabotage=None)),
        risk_rule=RULE,
        session=measured,
        figures=figures(measured),
        comparisons=(comparisons(), comparisons()),
        targets=tuple(target(each.id, 5e-4, TargetVerdict.MET) for each in measured.benchmarks),
    )


@pytest.fixture(scope="module")
def tame() -> str:
    return html_page(tame_content(), load_drawer())


@pytest.fixture(scope="module")
def hostile() -> str:
    return html_page(hostile_content(), load_drawer())


def test_no_name_becomes_an_element_or_an_attribute(hostile: str) -> None:
    page = Page(hostile)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "iframe", "object", "embed", "form", "link"}
    assert not any(key.startswith("on") for _, attributes in page.elements for key in attributes)
    assert "<script>alert(1)</script>" in page.text
    assert "<U+202E>" in page.text
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]", hostile)


def test_nothing_is_fetched_and_no_script_may_run(tame: str, hostile: str) -> None:
    for html in (tame, hostile):
        for tag, attributes in Page(html).elements:
            assert not FETCHING & attributes.keys(), tag
            assert attributes.get("href", "#").startswith("#")
        policies = [each["content"] for each in Page(html).all("meta") if "http-equiv" in each]
        assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]
        assert "@import" not in html
        assert "url(http" not in html


def test_ids_are_unique_and_links_lead_somewhere(tame: str) -> None:
    page = Page(tame)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {each["href"].removeprefix("#") for each in page.all("a")}
    assert links == {"check-0", "check-1"}
    assert links <= set(ids)


def test_drawings_have_words_and_tables_have_headings(tame: str) -> None:
    page = Page(tame)
    drawings = page.all("svg")
    assert len(drawings) > 20
    assert all(each["role"] == "img" and each["aria-label"] for each in drawings)
    assert all(each.get("scope") in {"row", "col"} for each in page.all("th"))
    assert page.all("html") == [{"lang": "en"}]


def test_it_shows_the_decision_the_risk_its_rule_and_every_check(tame: str) -> None:
    text = Page(tame).text
    for part in (
        "GO",
        "every check passed",
        *RULE,
        "21.3 us [20.9, 21.8] n=10",
        "perfproof prove --check second",
        "benchmarks.sabotage.slow turned it red on 2026-01-01",
        "none is named, so nobody has seen this check fail",
        "Example CPU",
        "Fingerprint",
        "this session against baseline 'current'",
        "Dashed: the margin",
    ):
        assert part in text, part


def test_the_same_proof_gives_the_same_page(tame: str) -> None:
    assert html_page(tame_content(), load_drawer()) == tame


def test_without_matplotlib_the_page_stands_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [each for each in sys.modules if each.partition(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "perfproof.report.plots", raising=False)
    assert load_drawer() is None
    page = Page(html_page(tame_content(), load_drawer()))
    assert "pip install 'perfproof[report]'" in page.text
    assert "21.3 us [20.9, 21.8] n=10" in page.text


def test_a_proof_without_a_session_is_a_page_too() -> None:
    page = Page(html_page(PageContent(proof=proof(), risk_rule=RULE), None))
    assert "Measured" not in page.text


def test_a_session_that_was_cut_off_says_so() -> None:
    content = tame_content(2)
    assert content.session is not None
    broken = msgspec.structs.replace(content.session, complete=False)
    html = html_page(PageContent(proof=content.proof, risk_rule=RULE, session=broken), None)
    assert "not brought to its end" in Page(html).text


def test_two_hundred_benchmarks_take_less_than_three_seconds_and_two_megabytes() -> None:
    content, drawer = tame_content(200), load_drawer()
    # CPU time: other work on the machine is not the page's.
    begun = time.process_time()
    html = html_page(content, drawer)
    assert time.process_time() - begun < 3.0
    assert len(html.encode()) < 2_000_000


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["ground", "panel"])
def test_letters_stand_out_from_their_ground(scheme: dict[str, str], ground: str) -> None:
    for name in ("ink", "quiet", "accent", "passed", "failed", "undecided", "skipped", "error"):
        bright, dark = sorted((luminance(scheme[name]), luminance(scheme[ground])), reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= 4.5, name


def test_both_schemes_name_the_same_colours() -> None:
    assert LIGHT.keys() == DARK.keys()
