from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from perfproof.report.columns import Cell, Column, lay_out
from perfproof.report.elements import Markup, element, table
from perfproof.report.visible import visible


class Taken(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_child_and_an_attribute_are_read_as_they_were_given(child: str, value: str) -> None:
    taken = Taken(element("p", child, title=value))
    assert taken.found == [("p", [("title", visible(value))])]
    assert taken.text == visible(child)


def test_only_what_is_already_markup_stays_markup() -> None:
    assert element("p", Markup("<b></b>"), "<b></b>") == "<p><b></b>&lt;b&gt;&lt;/b&gt;</p>"


def test_an_attribute_is_named_as_html_names_it() -> None:
    assert element("br", class_="x", aria_label="y") == '<br class="x" aria-label="y">'


def test_a_row_begins_with_its_heading() -> None:
    made = table(("a", "b"), [("1", "2")], caption="c")
    assert '<tr><th scope="row">1</th><td>2</td></tr>' in made


def test_columns_stand_on_their_side_and_empty_ones_are_left_out() -> None:
    columns = (Column("left"), Column("gone"), Column("right", right=True))
    rows = [(Cell("a"), Cell(""), Cell("1")), (Cell("bcdef"), Cell(""), Cell("22"))]
    assert [line.plain for line in lay_out(columns, rows)] == [
        "left   right",
        "a          1",
        "bcdef     22",
    ]


def test_wide_letters_keep_their_columns() -> None:
    rows = [(Cell("日本"), Cell("x")), (Cell("abcd"), Cell("x"))]
    lines = lay_out((Column("name"), Column("y")), rows)
    assert [line.cell_len for line in lines] == [7, 7, 7]
