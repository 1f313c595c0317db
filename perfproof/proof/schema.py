"""The JSON Schema of proof.json, made from the records that proof.json is made from.

``python -m perfproof.proof.schema > docs/proof.schema.json`` brings the documented one up to date.
"""

from __future__ import annotations

import inspect
import sys
from typing import Any

import msgspec

from perfproof.record import PROOF_SCHEMA, Proof

__all__ = ["schema_bytes"]


def schema_bytes() -> bytes:
    """The JSON Schema of proof.json."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "proof.json of perfproof",
        **msgspec.json.schema(Proof),
    }
    for definition in schema["$defs"].values():
        if "description" in definition:
            # From 3.13 on the compiler takes the indentation out of docstrings; before, this does.
            definition["description"] = inspect.cleandoc(definition["description"])
    schema["$defs"]["Proof"]["properties"]["schema"]["const"] = PROOF_SCHEMA
    return msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=2) + b"\n"


if __name__ == "__main__":
    sys.stdout.buffer.write(schema_bytes())
