"""The evidence folder: PROOF.md, proof.json, proof.html and the raw session, all or nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from perfproof.errors import UseError
from perfproof.proof.decision import risk_rule_lines
from perfproof.proof.proof_json import encode_proof
from perfproof.proof.prove import Evidence
from perfproof.proof.swap import put_in_place
from perfproof.record import encode_session
from perfproof.report import PageContent, html_page, load_drawer, proof_markdown

__all__ = ["PACKAGE_FILES", "package_files", "require_place", "write_package"]

_COMMANDS = "commands.jsonl"
PACKAGE_FILES = ("PROOF.md", "proof.json", "proof.html", "session.jsonl", _COMMANDS)
"""What an evidence folder may hold, and nothing else; the last where a check ran a command."""


def package_files(evidence: Evidence) -> dict[str, bytes]:
    """The content of each file of the package; nothing is written."""
    rule = risk_rule_lines()
    page = PageContent(
        proof=evidence.proof,
        risk_rule=rule,
        session=evidence.session if evidence.session.benchmarks else None,
        figures=evidence.figures,
        comparisons=evidence.comparisons,
        targets=evidence.targets,
    )
    files = {
        "PROOF.md": proof_markdown(evidence.proof, rule).encode(),
        "proof.json": encode_proof(evidence.proof),
        "proof.html": html_page(page, load_drawer()).encode(),
        "session.jsonl": encode_session(evidence.session),
    }
    if evidence.ran:
        # The raw values: every figure that a command gave can be computed again from its line.
        files[_COMMANDS] = b"".join(msgspec.json.encode(each) + b"\n" for each in evidence.ran)
    return files


def write_package(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files beside ``folder`` and put them in its place in one step.

    Args:
        folder: Made with its parents where it is missing; an older package in it is replaced.
        files: Content by file name.

    Raises:
        UseError: There is a file in the folder's place, the folder holds what is no package, or
            it cannot be written.
    """
    require_place(folder)
    # A link stays a link: the folder behind it is replaced.
    target = folder.resolve()
    beside: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        beside.chmod(0o755)
        for name, content in files.items():
            _write(beside / name, content)
        put_in_place(beside, target)
    except OSError as exc:
        raise UseError(
            f"the evidence cannot be written: {exc.strerror or exc}", where=str(folder)
        ) from exc
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        # A renamed folder whose files are still in the cache would be half a package after a crash.
        os.fsync(file.fileno())


def require_place(folder: Path) -> None:
    """Refuse a place that a package cannot take; worth asking before minutes of measuring.

    Raises:
        UseError: There is a file in the folder's place, or the folder holds what is no package.
    """
    if not folder.exists() and not folder.is_symlink():
        return
    if not folder.is_dir():
        raise UseError(
            "is a file, and the evidence is a folder",
            where=str(folder),
            remedy="name another place, or move the file away",
        )
    foreign = sorted(each.name for each in folder.iterdir() if each.name not in PACKAGE_FILES)
    if foreign:
        raise UseError(
            f"holds '{foreign[0]}', which is no part of an evidence package and would be lost",
            where=str(folder),
            remedy="name an empty folder or one of an older package",
        )
