"""sabotage-seen.json: which check was seen to turn red under what, and whether that still holds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from perfproof.errors import ResultFileError
from perfproof.proof.claim import Claim
from perfproof.record import SabotageSeen
from perfproof.store.placing import place

__all__ = [
    "SEEN_FILE",
    "Sighting",
    "check_hash",
    "read_sightings",
    "sabotage_file",
    "seen_of",
    "source_hash",
    "write_sightings",
]

SEEN_FILE = "sabotage-seen.json"
"""Stands beside proof.toml and is committed with it."""

_SCHEMA = 1


class Sighting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One check that was seen to turn red under its sabotage.

    Attributes:
        check: Id of the check.
        sabotage: Module of the sabotaged system.
        seen: ISO 8601, UTC.
        commit: Hash of the commit it was seen at; ``None`` when not known.
        reason: What the check said.
        check_hash: Of the check's configuration.
        source_hash: Of the sabotage's source.
    """

    check: str
    sabotage: str
    seen: str
    commit: str | None
    reason: str
    check_hash: str
    source_hash: str


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: int
    sightings: tuple[Sighting, ...]


def sabotage_file(root: Path, module: str) -> Path | None:
    """The source of a module of the project, found by its name; nothing is imported for it."""
    place = root.joinpath(*module.split("."))
    for candidate in (place.with_suffix(".py"), place / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def source_hash(root: Path, module: str) -> str | None:
    """SHA-256 (hex) of a module's source, of every file of a package; ``None`` when it is gone."""
    file = sabotage_file(root, module)
    if file is None:
        return None
    package = file.name == "__init__.py"
    files = sorted(file.parent.rglob("*.py")) if package else [file]
    digest = hashlib.sha256()
    for each in files:
        # Name and length keep two files from being one with a shifted border.
        content = each.read_bytes()
        digest.update(f"{each.relative_to(file.parent)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def check_hash(claim: Claim) -> str:
    """SHA-256 (hex) of everything that is configured for a check, defaults filled in."""
    return hashlib.sha256(msgspec.json.encode(claim, order="sorted")).hexdigest()


def read_sightings(path: Path) -> tuple[Sighting, ...]:
    """What was seen so far; nothing where there is no file.

    Raises:
        ResultFileError: The file is not one of this tool.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as exc:
        raise ResultFileError(f"cannot be read: {exc.strerror}", where=str(path)) from exc
    try:
        file = msgspec.json.decode(content, type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise ResultFileError(
            f"is damaged: {exc}", where=str(path), remedy="take it from version control again"
        ) from exc
    if file.schema != _SCHEMA:
        raise ResultFileError(
            f"has schema {file.schema}, this perfproof reads schema {_SCHEMA}", where=str(path)
        )
    return file.sightings


def write_sightings(path: Path, sightings: Sequence[Sighting]) -> None:
    """Write the file anew, beside and renamed: a crash leaves the old or the new.

    Raises:
        UseError: It cannot be written there.
    """
    ordered = sorted(sightings, key=lambda each: (each.check, each.sabotage))
    content = msgspec.json.encode(_File(schema=_SCHEMA, sightings=tuple(ordered)))
    place(msgspec.json.format(content, indent=2) + b"\n", path, replace=True)


def seen_of(claim: Claim, sightings: Sequence[Sighting], root: Path) -> SabotageSeen | None:
    """What may be said of a check's sabotage today; ``None`` when the check names none.

    Of several, the first that was not seen to turn it red.
    """
    seen = [_seen_under(name, claim, sightings, root) for name in claim.sabotages]
    return next((each for each in seen if each.seen is None), seen[0]) if seen else None


def _seen_under(name: str, claim: Claim, sightings: Sequence[Sighting], root: Path) -> SabotageSeen:
    for sighting in sightings:
        if (sighting.check, sighting.sabotage) != (claim.id, name):
            continue
        now = (check_hash(claim), source_hash(root, name))
        if now == (sighting.check_hash, sighting.source_hash):
            return SabotageSeen(name=name, seen=sighting.seen, reason=sighting.reason)
        changed = f"changed since it was seen on {sighting.seen}"
        return SabotageSeen(name=name, seen=None, reason=changed)
    return SabotageSeen(name=name)
