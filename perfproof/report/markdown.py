"""PROOF.md, and the tables of comparisons and targets for the summary of a CI job."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from perfproof.record import (
    Check,
    Comparison,
    Comparisons,
    Outcome,
    Proof,
    SabotageSeen,
    TargetResult,
    Trouble,
)
from perfproof.report.circumstances import environment_facts, fingerprint_facts, proof_facts
from perfproof.report.memory import memory_cells, memory_sees, memory_sentences, worst_memory
from perfproof.report.targets import (
    show_target_figure,
    show_target_kind,
    show_target_limit,
    target_sentences,
)
from perfproof.report.visible import visible
from perfproof.report.wording import (
    OUTCOME_SYMBOLS,
    comparison_sentences,
    cpu_sentences,
    level_text,
    show_detectable,
    show_figure,
    show_interval,
    show_limit,
    show_value,
    tally,
    worst_comparisons,
    worst_targets,
)

__all__ = [
    "code",
    "comparison_markdown",
    "proof_markdown",
    "prose",
    "target_markdown",
    "trouble_markdown",
]

# What may stand in a code span as it is: neither its fence nor a table's border nor a backslash.
_TAME = re.compile(r"[A-Za-z0-9 _./:\[\]()=+,;@%#~^$!?*'\"{}-]+")
# CommonMark's and GitHub's active characters; as entities they can build no structure.
# An underscore inside a word is none of them, and names in sentences are full of it.
_ACTIVE = re.compile(r"[\\`*\[\]<>&|#~@$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_AT_THE_START = re.compile(r"\A(?:[-+=:]|\d{1,9}[.)])")
_AUTOLINK = re.compile(r"(?i)(://|\bwww\.|\bmailto:|\bxmpp:)")
_NO_WIDTH = "&#8203;"


def code(text: str) -> str:
    """An untrusted name as code: a plain code span where it is tame, entities where it is not."""
    seen = visible(text)
    if _TAME.fullmatch(seen) and seen.strip() == seen:
        return f"`{seen}`"
    return f"<code>{''.join(map(_entity, seen))}</code>"


def _entity(character: str) -> str:
    return character if character.isalnum() or character == " " else f"&#{ord(character)};"


def prose(text: str) -> str:
    """An untrusted sentence: its characters are shown and none of them is markup.

    GitHub looks for ``@name`` and ``#12`` in the rendered text, where entities are gone; a space
    without width after the sign keeps a sentence from calling people.
    """
    # NUL marks what becomes an entity; ``visible`` has left none in the text itself.
    marked = _AUTOLINK.sub(lambda match: "\0".join(match.group()), visible(text).strip())
    marked = _AT_THE_START.sub(lambda match: f"{match.group()[:-1]}\0{match.group()[-1]}", marked)
    escaped = _ACTIVE.sub(_escaped, marked)
    return re.sub("\0(.)", lambda match: f"&#{ord(match.group(1))};", escaped)


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    entity = f"&#{ord(character)};"
    return entity + _NO_WIDTH if character in "@#" else entity


def _figure(text: str, unit: str | None) -> str:
    """A figure as this package writes it; only a unit from outside needs escaping."""
    return text if unit in {"second", "ratio", "share", None} else prose(text)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(headings)} |", f"|{' --- |' * len(headings)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]


def proof_markdown(proof: Proof, risk_rule: Sequence[str]) -> str:
    """The content of PROOF.md.

    Args:
        proof: The evidence.
        risk_rule: The rule behind the rating, a line each.
    """
    passed = sum(check.outcome is Outcome.PASSED for check in proof.checks)
    mandatory = sum(check.mandatory for check in proof.checks)
    parts = [
        f"# {prose(proof.title)}",
        "",
        f"**{proof.decision.value}**, risk {proof.risk.value}. {passed} of {len(proof.checks)}"
        f" checks passed; {mandatory} are mandatory, and GO needs every one of them.",
        "",
        "Why this risk:",
        "",
        *(f"- {prose(reason)}" for reason in proof.risk_reasons),
        "",
        "The rule:",
        "",
        *(f"- {prose(line)}" for line in risk_rule),
        "",
    ]
    for phase in dict.fromkeys(check.phase for check in proof.checks):
        parts += _phase(phase, [check for check in proof.checks if check.phase == phase])
    levels = level_text(check.figure for check in proof.checks)
    parts += [f"{levels} n counts processes; of trials, the trials.", ""] if levels else []
    parts += _circumstances(proof)
    return "\n".join(parts).rstrip() + "\n"


def _phase(phase: str, checks: Sequence[Check]) -> list[str]:
    rows = [
        (
            f"{OUTCOME_SYMBOLS[check.outcome]} {check.outcome.value}",
            code(check.id),
            prose(check.claim),
            _figure(show_figure(check.figure, check.unit), check.unit),
            _figure(show_limit(check.limit, check.unit), check.unit),
            "yes" if check.mandatory else "no",
        )
        for check in checks
    ]
    headings = ("outcome", "check", "claim", "figure", "limit", "mandatory")
    lines = [f"## {prose(phase)}", "", *_table(headings, rows), ""]
    for check in checks:
        lines += [
            f"- {code(check.id)}: {prose(check.reason)}",
            f"  - repeat: {code(check.command)}",
            f"  - sabotage: {_sabotage(check.sabotage)}",
        ]
    return [*lines, ""]


def _sabotage(sabotage: SabotageSeen | None) -> str:
    if sabotage is None:
        return "none is named, so nobody has seen this check fail"
    if sabotage.seen is None:
        why = prose(sabotage.reason or "never seen")
        return f"{code(sabotage.name)} was not seen to turn it red: {why}"
    reason = f": {prose(sabotage.reason)}" if sabotage.reason else ""
    return f"{code(sabotage.name)} turned it red on {prose(sabotage.seen)}{reason}"


def _circumstances(proof: Proof) -> list[str]:
    facts = {
        **proof_facts(proof),
        **fingerprint_facts(proof.fingerprint),
        **environment_facts(proof.environment),
    }
    rows = [(prose(name), prose(value)) for name, value in facts.items()]
    return ["## Circumstances", "", *_table(("what", "value"), rows)]


def comparison_markdown(comparisons: Comparisons) -> str:
    """Head against base as a table, the worst first, and what the whole suite says."""
    title = f"### {prose(comparisons.head)} against {prose(comparisons.base)}"
    sentences = [f"- {prose(sentence)}" for sentence in comparison_sentences(comparisons)]
    table = _compared("verdict", comparisons.results)
    return (
        "\n".join([title, "", *table, *sentences, *_cpu(comparisons), *_memory(comparisons)]) + "\n"
    )


def _compared(first: str, results: Sequence[Comparison]) -> list[str]:
    rows = [
        (
            each.verdict.value,
            code(each.benchmark),
            show_value(each.base_seconds, "second"),
            show_value(each.head_seconds, "second"),
            show_interval(each.ratio, "ratio"),
            f"{each.base_processes}/{each.head_processes}",
            show_detectable(each),
        )
        for each in worst_comparisons(results)
    ]
    headings = (first, "benchmark", "base", "head", "ratio", "n", "could see")
    return [*_table(headings, rows), ""] if rows else []


def _cpu(comparisons: Comparisons) -> list[str]:
    """CPU time of programs: a row each, and a line for all."""
    table = _compared("CPU time", comparisons.cpu)
    sentences = (f"- {prose(each)}" for each in cpu_sentences(comparisons))
    return [*(["", *table] if table else []), *sentences]


def _memory(comparisons: Comparisons) -> list[str]:
    """Peak memory: a row for what is not the same, and a line for all."""
    rows = [
        (each.verdict.value, code(each.benchmark), *memory_cells(each), memory_sees(each))
        for each in worst_memory(comparisons.memory)
    ]
    headings = ("peak memory", "benchmark", "base", "head", "ratio", "n", "could see")
    table = ["", *_table(headings, rows), ""] if rows else []
    return [*table, *(f"- {prose(each)}" for each in memory_sentences(comparisons))]


def trouble_markdown(troubles: Iterable[Trouble]) -> str:
    """What gave no figure, a line each; nothing where all gave one."""
    lines = []
    for each in troubles:
        side = f" on the {each.side}" if each.side else ""
        who = code(each.benchmark) if each.benchmark else "at the end of the suite"
        lines.append(f"- {who}: {each.kind}{side}: {prose(each.reason)}")
    return "\n".join(["", *lines]) + "\n" if lines else ""


def target_markdown(results: Sequence[TargetResult]) -> str:
    """Benchmarks against their limits as a table, the worst first."""
    ordered = worst_targets(results)
    rows = [
        (
            each.verdict.value,
            code(each.benchmark),
            f"{show_target_kind(each)} {show_target_figure(each)}",
            "" if each.figure is None else str(each.figure.n),
            show_target_limit(each),
            prose(each.origin),
            "yes" if each.hard else "no",
        )
        for each in ordered
    ]
    headings = ("verdict", "benchmark", "figure", "n", "limit", "from", "hard")
    table = [*_table(headings, rows), ""] if rows else []
    total = f"{tally(each.verdict.value for each in ordered)}."
    reasons = [f"- {prose(each)}" for each in target_sentences(ordered)]
    return "\n".join(["### Targets", "", *table, *reasons, total]) + "\n"
