from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest

from perfproof.errors import ResultFileError
from perfproof.proof import decode_proof, encode_proof, prove
from perfproof.proof.kinds.target import TargetClaim
from perfproof.proof.schema import schema_bytes
from perfproof.record import Proof
from tests.proof.planted import case, common, planned

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "proof.schema.json"


@pytest.fixture
def proof(tmp_path: Path) -> Proof:
    table = common(kind="target", benchmark="*", limit="1 ms")
    return prove(planned(tmp_path, msgspec.convert(table, TargetClaim)), case()).proof


def test_the_documented_schema_is_that_of_the_records() -> None:
    made = "python -m perfproof.proof.schema > docs/proof.schema.json"
    assert SCHEMA_FILE.read_bytes() == schema_bytes(), made


def test_a_real_proof_fits_the_documented_schema_and_comes_back(proof: Proof) -> None:
    content = encode_proof(proof)
    jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_bytes())).validate(
        json.loads(content)
    )
    assert decode_proof(content, where="it") == proof
    assert encode_proof(decode_proof(content, where="it")) == content


def changed(proof: Proof, **changes: object) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(encode_proof(proof))
    return table | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"decision": "MAYBE"},
        {"more": 1},
        {"checks": [{"id": "x"}]},
        {"schema": "1"},
        {"risk": None},
    ],
    ids=str,
)
def test_what_is_no_proof_fits_neither_the_schema_nor_the_reader(
    proof: Proof, changes: dict[str, object]
) -> None:
    table = changed(proof, **changes)
    schema = json.loads(SCHEMA_FILE.read_bytes())
    assert not jsonschema.Draft202012Validator(schema).is_valid(table)
    with pytest.raises(ResultFileError, match="is not a proof"):
        decode_proof(json.dumps(table).encode(), where="it")


def test_another_schema_is_refused_by_number(proof: Proof) -> None:
    with pytest.raises(ResultFileError, match="has schema 2"):
        decode_proof(json.dumps(changed(proof, schema=2)).encode(), where="it")


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"[" * 100_000, b"null"], ids=repr)
def test_what_is_no_json_of_ours_is_refused(content: bytes) -> None:
    with pytest.raises(ResultFileError, match="is not a proof"):
        decode_proof(content, where="it")
