"""The page at `/`: what a person opens to see the five events of each step arrive."""

from functools import cache
from html import escape
from pathlib import Path
from typing import Final

_DEMO_TOKEN: Final = "{{demo_token}}"


def page_bytes(demo_token: str | None = None) -> bytes:
    """Return the page as UTF-8 HTML; it loads nothing else and talks to `/ws` of its own server.

    Args:
        demo_token: A token that the page connects with at once, or None: the person enters one.
            Whoever gets the page gets this token.
    """
    return _template().replace(_DEMO_TOKEN, escape(demo_token or "")).encode()


@cache
def _template() -> str:
    return Path(__file__).with_name("page.html").read_text(encoding="utf-8")
