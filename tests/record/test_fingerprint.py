"""A fingerprint tells machines apart and names the fields."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given

from perfproof.record import Fingerprint, differences
from tests.record.records import fingerprints

SOUND = Fingerprint(
    cpu_model="AMD EPYC",
    logical_cores=2,
    memory_gib=24,
    machine="x86_64",
    system="Linux",
    kernel="6.1",
    libc="glibc 2.36",
    implementation="CPython",
    python_version="3.11.7",
    python_build="GCC 12",
)


@pytest.mark.parametrize("field", Fingerprint.__struct_fields__)
def test_a_difference_in_any_field_is_named_and_changes_the_digest(field: str) -> None:
    value = getattr(SOUND, field)
    other = msgspec.structs.replace(
        SOUND, **{field: value + 1 if field in {"logical_cores", "memory_gib"} else "other"}
    )
    (difference,) = differences(SOUND, other)
    assert difference.field == field
    assert other.digest != SOUND.digest


def test_what_is_not_known_is_said_so() -> None:
    other = msgspec.structs.replace(SOUND, kernel=None)
    assert [str(each) for each in differences(SOUND, other)] == ["kernel: 6.1 against not known"]


@given(fingerprints)
def test_no_field_can_turn_the_folder_name_into_another_path(fingerprint: Fingerprint) -> None:
    assert re.fullmatch(r"[a-z0-9_-]+", fingerprint.slug)
    assert fingerprint.slug.endswith(fingerprint.digest)
