"""Records into lines, Markdown, a page and plots; nothing is judged, read or written here."""

from perfproof.report.markdown import (
    comparison_markdown,
    proof_markdown,
    target_markdown,
    trouble_markdown,
)
from perfproof.report.page import PageContent, html_page, load_drawer
from perfproof.report.progress import Progress
from perfproof.report.targets import target_lines
from perfproof.report.terminal import (
    check_line,
    check_lines,
    comparison_lines,
    decision_lines,
    print_lines,
    session_lines,
)

__all__ = [
    "PageContent",
    "Progress",
    "check_line",
    "check_lines",
    "comparison_lines",
    "comparison_markdown",
    "decision_lines",
    "html_page",
    "load_drawer",
    "print_lines",
    "proof_markdown",
    "session_lines",
    "target_lines",
    "target_markdown",
    "trouble_markdown",
]
