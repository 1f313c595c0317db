from __future__ import annotations

from html.parser import HTMLParser

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from perfproof.record import Limit, Outcome, SabotageSeen, TargetVerdict
from perfproof.report import comparison_markdown, proof_markdown, target_markdown
from perfproof.report.markdown import code, prose
from perfproof.report.visible import visible
from tests.report.shown import HOSTILE, check, comparisons, proof, target

RULE = ("high: a mandatory check did not pass", "low: none of these")
OURS = {
    "h1",
    "h2",
    "h3",
    "p",
    "strong",
    "ul",
    "li",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "code",
}


class Seen(HTMLParser):
    """Which elements a reader's Markdown makes of a text, and the letters in them."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.comments: list[str] = []
        renderer = MarkdownIt("commonmark").enable(["table", "strikethrough"])
        self.feed(renderer.render(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not attrs, (tag, attrs)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


@given(st.text(max_size=60))
@example(HOSTILE)
@example("`")
@example("a\\|b")
@example("1. x")
@example("- x")
@example("=== ")
def test_no_text_becomes_markup_anywhere(text: str) -> None:
    row = f"| {code(text)} | {prose(text)} |"
    page = f"{prose(text)}\n\n- {prose(text)}\n\n| a | b |\n| --- | --- |\n{row}\n"
    seen = Seen(page)
    assert set(seen.tags) <= OURS
    assert seen.tags.count("td") == 2
    assert seen.tags.count("li") <= 1
    assert seen.tags.count("tr") == 2
    assert not seen.comments


@given(st.text(max_size=60))
@example(HOSTILE)
@example("a\\|b ` c")
def test_a_name_is_read_as_it_is_written(text: str) -> None:
    table = f"| a |\n| --- |\n| {code(text)} |\n"
    shown = Seen(table).text.replace("\n", "")
    assert shown == ("a" + visible(text)).replace("\n", "")


def test_nobody_is_called_and_nothing_is_linked() -> None:
    text = prose("see @user and #12 at https://evil.example or www.evil.example")
    # GitHub looks for both in the text that a browser would show.
    assert "@user" not in Seen(text).text
    assert "#12" not in Seen(text).text
    assert "://" not in text
    assert "www." not in text


def test_a_tame_name_stays_readable_in_the_file() -> None:
    name = "benchmarks/test_a.py::test_b[10-x]"
    assert code(name) == f"`{name}`"
    assert prose("tool_completed came first") == "tool_completed came first"


def test_the_proof_holds_every_check_with_its_figure_command_and_sabotage() -> None:
    never = check("never", sabotage=SabotageSeen(name="benchmarks.sabotage.slow"))
    unnamed = check("unnamed", Outcome.ERROR, sabotage=None, figure=None)
    text = proof_markdown(proof(check(), never, unnamed), RULE)
    for part in (
        "# A proof",
        "**GO**, risk low. 2 of 3 checks passed; 3 are mandatory",
        "- every check passed",
        "- high: a mandatory check did not pass",
        "## 4 Performance",
        "| ✓ passed | `quick` | A manager is made in under 0.5 ms | 21.3 us [20.9, 21.8] n=10 "
        "| < 500 us | yes |",
        "  - repeat: `perfproof prove --check quick`",
        "`benchmarks.sabotage.slow` turned it red on 2026-01-01T00:00:00+00:00: took 2 ms",
        "`benchmarks.sabotage.slow` was not seen to turn it red: never seen",
        "none is named, so nobody has seen this check fail",
        "| kernel | not known |",
    ):
        assert part in text


def test_a_hostile_proof_has_the_structure_of_a_tame_one() -> None:
    bad: dict[str, object] = {
        "claim": HOSTILE,
        "reason": HOSTILE,
        "command": HOSTILE,
        "phase": HOSTILE,
    }
    hostile = proof(
        check(
            "bad",
            Outcome.PASSED,
            **bad,
            sabotage=SabotageSeen(name=HOSTILE, seen=HOSTILE, reason=HOSTILE),
        ),
        title=HOSTILE,
    )
    tame = proof(check(sabotage=SabotageSeen(name="n", seen="s", reason="r")), title="t")
    shown = [tag for tag in Seen(proof_markdown(hostile, RULE)).tags if tag != "code"]
    assert shown == [tag for tag in Seen(proof_markdown(tame, RULE)).tags if tag != "code"]


def test_a_unit_from_outside_is_escaped() -> None:
    odd = check(unit="|<b>", limit=Limit("<", 1.0))
    assert Seen(proof_markdown(proof(odd), RULE)).tags.count("b") == 0


def test_a_comparison_is_a_table_for_a_summary() -> None:
    text = comparison_markdown(comparisons())
    assert "### this session against baseline 'current'" in text
    assert "| slower | `b.py::slowest` | 10.0 us | 30.0 us | x 3 [2.94, 3.06] | 10/12 |  |" in text
    assert Seen(text).tags.count("tr") == 6
    empty = msgspec.structs.replace(comparisons(), results=())
    assert "table" not in Seen(comparison_markdown(empty)).tags


def test_targets_are_a_table_for_a_summary() -> None:
    text = target_markdown([target(HOSTILE, 2e-3, TargetVerdict.MISSED)])
    seen = Seen(text)
    assert seen.tags.count("td") == 7
    assert "1 missed." in seen.text
    assert "none." in target_markdown([])
