"""HTML elements that escape by construction: what is not ``Markup`` is text, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from perfproof.report.visible import visible

__all__ = ["Markup", "element", "facts_table", "joined", "name", "table"]

_EMPTY = frozenset({"meta", "br", "hr"})


class Markup(str):
    """Text that is already HTML, made by this package and by nothing else."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: str) -> Markup:
    """``<tag>`` around its children; a child that is not ``Markup`` is escaped.

    Args:
        tag: Name of the element, ours.
        children: Text or markup.
        attributes: Values are escaped; ``class_`` stands for ``class``, ``_`` for ``-``.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(visible(value))}"'
        for key, value in attributes.items()
    )
    if tag in _EMPTY:
        return Markup(f"<{tag}{given}>")
    return Markup(f"<{tag}{given}>{joined(children)}</{tag}>")


def joined(children: Iterable[str]) -> Markup:
    """Children one after another, text escaped."""
    return Markup("".join(map(_content, children)))


def _content(child: str) -> str:
    return child if isinstance(child, Markup) else escape(visible(child))


def name(text: str) -> Markup:
    """A foreign name as code, its direction of writing kept from its neighbours."""
    return element("code", element("bdi", text))


def table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str, look: str = "figures"
) -> Markup:
    """A table with a caption and headings that a screen reader announces; scrolls by itself.

    The caption stands outside what scrolls, so that a phone shows all of it.
    """
    head = element("tr", *(element("th", heading, scope="col") for heading in headings))
    body = (
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(element("td", cell) for cell in row[1:]),
        )
        for row in rows
    )
    inner = element(
        "table",
        element("thead", head),
        element("tbody", *body),
        class_=look,
        aria_label=caption,
    )
    # Focusable, because who has no pointer must be able to scroll it too.
    return joined(
        (
            element("p", caption, class_="quiet"),
            element("div", inner, class_="scroll", tabindex="0", role="region", aria_label=caption),
        )
    )


def facts_table(facts: Mapping[str, str], *, caption: str) -> Markup:
    """Two columns: what, and its value."""
    return table(("what", "value"), facts.items(), caption=caption, look="facts")
