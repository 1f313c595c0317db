"""proof.json and back: the same records, checked field by field."""

from __future__ import annotations

import msgspec

from perfproof.errors import ResultFileError
from perfproof.record import PROOF_SCHEMA, Proof

__all__ = ["decode_proof", "encode_proof"]


class _SchemaOnly(msgspec.Struct):
    schema: int


def encode_proof(proof: Proof) -> bytes:
    """The content of proof.json: the same proof gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(proof, order="deterministic"), indent=2) + b"\n"


def decode_proof(content: bytes, *, where: str) -> Proof:
    """Read a proof.json; every field is checked.

    Args:
        content: The file's bytes.
        where: Name for messages, usually the path.

    Raises:
        ResultFileError: Not a proof, of another schema, or damaged.
    """
    try:
        schema = msgspec.json.decode(content, type=_SchemaOnly).schema
        if schema != PROOF_SCHEMA:
            raise ResultFileError(
                f"has schema {schema}, this perfproof reads schema {PROOF_SCHEMA}",
                where=where,
                remedy="read it with the version that wrote it",
            )
        return msgspec.json.decode(content, type=Proof)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise ResultFileError(f"is not a proof: {exc}", where=where) from exc
