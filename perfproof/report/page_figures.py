"""The page's second half: targets, comparisons, distributions, and what they were made on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from perfproof.record import (
    Comparison,
    Comparisons,
    Interval,
    MemoryVerdict,
    Proof,
    Session,
    TargetResult,
    TargetVerdict,
    Verdict,
)
from perfproof.report.bars import bar
from perfproof.report.circumstances import (
    environment_facts,
    fingerprint_facts,
    plan_facts,
    proof_facts,
)
from perfproof.report.drawings import Forest, StripPanel, forests, panels
from perfproof.report.elements import Markup, element, facts_table, name, table
from perfproof.report.memory import memory_cells, memory_sees, memory_sentences, worst_memory
from perfproof.report.targets import (
    limit_of,
    show_target_figure,
    show_target_kind,
    target_levels,
    unit_of,
)
from perfproof.report.wording import (
    comparison_sentences,
    cpu_sentences,
    level_text,
    show_detectable,
    show_figure,
    show_interval,
    show_value,
    worst_comparisons,
    worst_targets,
)

__all__ = [
    "circumstances_section",
    "comparison_section",
    "distribution_section",
    "target_section",
]

_ROWS_AT_ONCE = 12
INSTALL = "pip install 'perfproof[report]'"
_Drawer = Callable[[Sequence[StripPanel | Forest], str], list[str]]
_VERDICT_TONES = {
    Verdict.SLOWER: "failed",
    Verdict.FASTER: "passed",
    Verdict.SAME: "accent",
    Verdict.UNDECIDED: "undecided",
}
_MEMORY_TONES = {
    MemoryVerdict.LARGER: "failed",
    MemoryVerdict.SMALLER: "passed",
    MemoryVerdict.SAME: "accent",
    MemoryVerdict.UNDECIDED: "undecided",
}
_TARGET_TONES = {
    TargetVerdict.MET: "passed",
    TargetVerdict.MISSED: "failed",
    TargetVerdict.UNDECIDED: "undecided",
}


def target_section(targets: Sequence[TargetResult]) -> Markup:
    """Each benchmark against its limit, the worst first, with its bar."""
    rows = []
    for each in worst_targets(targets):
        tone = _TARGET_TONES[each.verdict]
        drawn = "" if each.figure is None else bar(each.figure, limit_of(each), unit_of(each), tone)
        rows.append(
            (
                name(each.benchmark),
                element("span", each.verdict.value, class_=f"badge {tone}"),
                f"{show_target_kind(each)} {show_target_figure(each)}{_replicates(each)}",
                element("div", Markup(drawn), class_="inrow"),
            )
        )
    levels = " ".join(target_levels(targets))
    caption = f"Figures against their limits, the worst first. {levels}"
    headings = ("benchmark", "verdict", "figure", "interval and limit")
    parts = [table(headings, rows[:_ROWS_AT_ONCE], caption=caption)]
    rest = rows[_ROWS_AT_ONCE:]
    if rest:
        hidden = table(headings, rest, caption="The others, the worst first.")
        parts.append(element("details", element("summary", f"{len(rest)} more"), hidden))
    return element("section", element("h2", "Targets"), *parts)


def _replicates(result: TargetResult) -> str:
    return "" if result.figure is None else f" n={result.figure.n}"


def comparison_section(comparisons: Comparisons, drawer: _Drawer | None, place: int) -> Markup:
    """A forest plot and a table of head against base."""
    drawn, left_out = forests(comparisons)
    sentences = [element("p", text) for text in comparison_sentences(comparisons)]
    legend = (
        "Each mark is a ratio of head to base with its interval; left is faster. Marks: ▶ slower,"
        " ◀ faster, ● same, ◆ undecided. Dashed: the margin."
    )
    if left_out:
        legend += f" {left_out} benchmarks of the best end of the table are not drawn."
    return element(
        "section",
        element("h2", f"{comparisons.head} against {comparisons.base}"),
        *_drawings(drawn, drawer, f"c{place}-", legend),
        element(
            "details",
            element("summary", _table_of(len(comparisons.results))),
            _compared(comparisons.results, "Head over base, the worst first."),
        ),
        *sentences,
        *_cpu(comparisons),
        *_memory(comparisons),
    )


def _compared(results: Sequence[Comparison], caption: str) -> Markup:
    rows = [
        (
            name(each.benchmark),
            element("span", each.verdict.value, class_=f"badge {_VERDICT_TONES[each.verdict]}"),
            show_interval(each.ratio, "ratio"),
            show_value(each.base_seconds, "second"),
            show_value(each.head_seconds, "second"),
            f"{each.base_processes}/{each.head_processes}",
            show_detectable(each),
        )
        for each in worst_comparisons(results)
    ]
    headings = ("benchmark", "verdict", "ratio", "base", "head", "n base/head", "could see")
    return table(headings, rows, caption=caption)


def _cpu(comparisons: Comparisons) -> list[Markup]:
    """CPU time of programs: a row each, and a line for all."""
    if not comparisons.cpu:
        return []
    return [
        _compared(comparisons.cpu, "CPU time of programs, the worst first."),
        *(element("p", each) for each in cpu_sentences(comparisons)),
    ]


def _memory(comparisons: Comparisons) -> list[Markup]:
    """Peak memory: a row for what is not the same, and a line for all."""
    rows = [
        (
            name(each.benchmark),
            element("span", each.verdict.value, class_=f"badge {_MEMORY_TONES[each.verdict]}"),
            *memory_cells(each),
            memory_sees(each),
        )
        for each in worst_memory(comparisons.memory)
    ]
    headings = ("benchmark", "verdict", "base", "head", "ratio", "n base/head", "could see")
    caption = "Peak memory that is not the same, the worst first."
    tables = [table(headings, rows, caption=caption)] if rows else []
    return [*tables, *(element("p", each) for each in memory_sentences(comparisons))]


def distribution_section(
    session: Session, figures: Mapping[str, Interval], drawer: _Drawer | None
) -> Markup:
    """Where each benchmark's processes lie, and a table of what was measured."""
    drawn, left_out = panels(session, figures)
    legend = (
        "Each dot is one process, against the median of its benchmark's processes; the bar is the"
        " interval of the figure; an arrow stands further out than the axis goes."
    )
    if left_out:
        legend += f" {left_out} benchmarks are not drawn."
    rows = [
        (
            name(benchmark.id),
            show_figure(figures.get(benchmark.id), "second"),
            benchmark.group or "",
            str(len(session.samples_of(benchmark.id))),
        )
        for benchmark in session.benchmarks
    ]
    troubles = [
        element("li", name(each.benchmark or "a whole process"), f" {each.kind}: {each.reason}")
        for each in session.troubles
    ]
    incomplete = element("p", "The session was not brought to its end.", class_="note")
    return element(
        "section",
        element("h2", "Measured"),
        *([] if session.complete else [incomplete]),
        *([element("ul", *troubles)] if troubles else []),
        *_drawings(drawn, drawer, "d", legend),
        element(
            "details",
            element("summary", _table_of(len(rows))),
            table(
                ("benchmark", "a call", "group", "processes"),
                rows,
                caption=f"Typical seconds of a call. {level_text(figures.values())}",
            ),
        ),
    )


def _table_of(count: int) -> str:
    return "Table of 1 benchmark" if count == 1 else f"Table of {count} benchmarks"


def _drawings(
    drawn: Sequence[StripPanel | Forest], drawer: _Drawer | None, prefix: str, legend: str
) -> list[Markup]:
    if not drawn:
        return []
    if drawer is None:
        says = ("The plots need matplotlib, which is not installed here: ", name(INSTALL))
        return [element("p", *says, class_="note")]
    plots = (
        element(
            "div",
            Markup(plot),
            class_="scroll",
            tabindex="0",
            role="region",
            aria_label="Plot, scrolls sideways",
        )
        for plot in drawer(drawn, prefix)
    )
    return [element("p", legend, class_="quiet"), *plots]


def circumstances_section(proof: Proof, session: Session | None) -> Markup:
    """Commit, machine, environment and plan."""
    tables = [
        facts_table(proof_facts(proof), caption="The run"),
        facts_table(
            fingerprint_facts(proof.fingerprint),
            caption="Fingerprint: stored times are compared only where all of it agrees",
        ),
        facts_table(environment_facts(proof.environment), caption="Environment"),
    ]
    if session is not None:
        tables.append(
            facts_table(plan_facts(session.header.plan), caption="How the session measured")
        )
    return element("section", element("h2", "Circumstances"), *tables)
