"""A stand-alone SVG file made fit to stand inside a page: own ids, the page's colours, light."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from perfproof.record import Verdict

__all__ = ["INK", "LINE", "POINT", "SOFT", "VERDICT_TONES", "inline"]

# Stand-ins that no drawing uses otherwise; in the page each is a colour of its scheme.
INK = "#010203"
LINE = "#020304"
POINT = "#030405"
SOFT = "#040506"
VERDICT_TONES = {
    Verdict.SLOWER: "#050607",
    Verdict.FASTER: "#060708",
    Verdict.SAME: "#070809",
    Verdict.UNDECIDED: "#08090a",
}
_CSS = {
    INK: "var(--ink)",
    LINE: "var(--line)",
    POINT: "var(--accent)",
    SOFT: "var(--soft)",
    VERDICT_TONES[Verdict.SLOWER]: "var(--failed)",
    VERDICT_TONES[Verdict.FASTER]: "var(--passed)",
    VERDICT_TONES[Verdict.SAME]: "var(--accent)",
    VERDICT_TONES[Verdict.UNDECIDED]: "var(--undecided)",
}
_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_URL = re.compile(r"url\(#([^)]+)\)")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_FONT = re.compile(r"font-family:[^;]*;?|font: ?([0-9.]+px)[^;]*;?")
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")


def inline(file: str, *, prefix: str, words: str) -> str:
    """The drawing of an SVG file as an element for a page.

    Args:
        file: What matplotlib wrote; our own drawing, in which only texts are foreign.
        prefix: Begins every id, so that two drawings on a page never share one.
        words: What is to be seen, for who cannot.

    Returns:
        One ``<svg>`` element that scales with its column and follows the page's colours.
    """
    root = ET.fromstring(file)  # noqa: S314 - written a moment ago by this process
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in {f"{_SVG}metadata", f"{_SVG}style"}:
                parent.remove(child)
    for element in root.iter():
        _rewrite(element, prefix)
    for group in root.iter(f"{_SVG}g"):
        _share_style(group)
    del root.attrib["width"], root.attrib["height"]
    root.attrib.update({"class": "plot", "role": "img", "aria-label": words})
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        # HTML knows no namespaces; a plain href is SVG 2 and read by every browser of the decade.
        if _HREF in element.attrib:
            element.attrib["href"] = element.attrib.pop(_HREF)
    return ET.tostring(root, encoding="unicode", short_empty_elements=False)


def _rewrite(element: ET.Element, prefix: str) -> None:
    for name, value in list(element.attrib.items()):
        if name == "id":
            element.attrib[name] = prefix + value
        elif name == _HREF:
            element.attrib[name] = f"#{prefix}{value.removeprefix('#')}"
        elif name == "clip-path":
            element.attrib[name] = _URL.sub(lambda match: f"url(#{prefix}{match.group(1)})", value)
        elif name == "style":
            element.attrib[name] = _COLOUR.sub(_scheme, _FONT.sub(_size_only, value)).strip("; ")
        else:
            # Hundredths of a point are finer than any screen.
            element.attrib[name] = _LONG_NUMBER.sub(lambda m: f"{float(m.group()):.2f}", value)


def _scheme(match: re.Match[str]) -> str:
    return _CSS.get(match.group(), match.group())


def _size_only(match: re.Match[str]) -> str:
    return f"font-size: {match.group(1)};" if match.group(1) else ""


def _share_style(group: ET.Element) -> None:
    """Thousands of dots of one look: the look is said once, by their group."""
    dots = list(_dots(group))
    styles = {dot.attrib.get("style") for dot in dots}
    if len(dots) < 2 or len(styles) != 1 or len(dots) != len(group):
        return
    (style,) = styles
    if style is not None:
        group.attrib["style"] = style
        for dot in dots:
            del dot.attrib["style"]


def _dots(group: ET.Element) -> Iterator[ET.Element]:
    return (child for child in group if child.tag == f"{_SVG}use")
