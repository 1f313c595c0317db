"""Two sessions side by side: what may be compared, on which scale, and what stands on one side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from perfproof.errors import FingerprintError
from perfproof.record import Benchmark, Sample, Session, differences

__all__ = ["Pairing", "pair"]


@dataclass(frozen=True, slots=True)
class Pairing:
    """Base and head with what they share.

    Attributes:
        ids: Benchmarks with figures on both sides, in the head's order.
        added: Ids with figures on the head only.
        removed: Ids with figures on the base only.
        changed_source: Shared ids whose source differs or is known on one side only.
        relative: Whether every shared sample, on both sides, has a yardstick.
        history: Samples of each usable stored session, of unchanged shared benchmarks.
        notes: Sentences on what is missing.
    """

    ids: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed_source: tuple[str, ...]
    relative: bool
    history: tuple[tuple[Sample, ...], ...]
    notes: tuple[str, ...]


def pair(base: Session, head: Session, history: Sequence[Session] = ()) -> Pairing:
    """Match the benchmarks of two sessions, and the stored sessions that tell of their scatter.

    A stored session is usable when it is of the same machine and neither of the two; a benchmark
    of it when its source is the base's, or, where no source hash is known, its commit.

    Raises:
        FingerprintError: The two sessions are of different machines or interpreters.
    """
    _require_same_machine(base, head)
    on_base, on_head = _measured(base), _measured(head)
    ids = tuple(name for name in on_head if name in on_base)
    relative = _has_yardstick(base, ids) and _has_yardstick(head, ids)
    return Pairing(
        ids=ids,
        added=tuple(name for name in on_head if name not in on_base),
        removed=tuple(name for name in on_base if name not in on_head),
        changed_source=tuple(
            name for name in ids if on_base[name].source_hash != on_head[name].source_hash
        ),
        relative=relative,
        history=_usable(base, head, history, ids, relative=relative),
        notes=(*_silent_notes(base, "base"), *_silent_notes(head, "head")),
    )


def _require_same_machine(base: Session, head: Session) -> None:
    fields = differences(base.header.fingerprint, head.header.fingerprint)
    if fields:
        shown = ", ".join(str(field) for field in fields)
        raise FingerprintError(
            f"base and head were not measured on the same machine: {shown}",
            where="fingerprint",
            remedy="measure both on one machine, or compare with that machine's own baseline",
        )


def _measured(session: Session) -> dict[str, Benchmark]:
    """Benchmarks with at least one sample."""
    seen = {sample.benchmark for sample in session.samples}
    return {benchmark.id: benchmark for benchmark in session.benchmarks if benchmark.id in seen}


def _has_yardstick(session: Session, ids: Sequence[str]) -> bool:
    wanted = set(ids)
    return all(
        sample.yardstick_ns is not None for sample in session.samples if sample.benchmark in wanted
    )


def _usable(
    base: Session,
    head: Session,
    history: Sequence[Session],
    ids: Sequence[str],
    *,
    relative: bool,
) -> tuple[tuple[Sample, ...], ...]:
    sources = {b.id: b.source_hash for b in base.benchmarks if b.id in set(ids)}
    taken = {base.header.id, head.header.id}
    found = []
    for session in history:
        if session.header.id in taken or session.header.fingerprint != base.header.fingerprint:
            continue
        taken.add(session.header.id)
        commit = base.header.commit.hash
        same_commit = commit is not None and session.header.commit.hash == commit
        unchanged = {
            b.id
            for b in session.benchmarks
            if b.id in sources
            and b.source_hash == sources[b.id]
            and (b.source_hash is not None or same_commit)
        }
        samples = tuple(s for s in session.samples if s.benchmark in unchanged)
        if samples and not (relative and any(s.yardstick_ns is None for s in samples)):
            found.append(samples)
    return tuple(found)


def _silent_notes(session: Session, side: str) -> tuple[str, ...]:
    """One sentence for benchmarks that are known but gave no figure; they must not vanish."""
    measured = _measured(session)
    silent = [b.id for b in session.benchmarks if b.id not in measured]
    notes = []
    if silent:
        kinds = Counter(t.kind for t in session.troubles if t.benchmark in set(silent))
        why = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        shown = ", ".join(silent[:3]) + (", ..." if len(silent) > 3 else "")
        notes.append(
            f"{len(silent)} benchmarks of the {side} gave no figure"
            f"{f' ({why})' if why else ''}: {shown}"
        )
    if not session.complete:
        notes.append(f"the {side} session was not brought to its end")
    return tuple(notes)
