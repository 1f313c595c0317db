"""A session survives its file exactly, and nothing else passes for one."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfproof.errors import ResultFileError
from perfproof.record import Sample, Session, decode_session, encode_session
from tests.record.records import sessions


@given(sessions())
@settings(max_examples=100, deadline=None)
def test_a_session_comes_back_as_it_went(session: Session) -> None:
    assert decode_session(encode_session(session), where="file") == session


@given(sessions().filter(lambda each: each.complete), st.data())
@settings(max_examples=100, deadline=None)
def test_a_complete_file_in_which_any_byte_was_changed_is_refused(
    session: Session, data: st.DataObject
) -> None:
    content = bytearray(encode_session(session))
    # Without the last line end the end record was torn off: that is the next test's case.
    place = data.draw(st.integers(0, len(content) - 2))
    content[place] ^= data.draw(st.integers(1, 255))
    try:
        read = decode_session(bytes(content), where="file")
    except ResultFileError:
        return
    # Spelled otherwise (1E5 for 1e5), it still says the same.
    assert read == session


@given(sessions(), st.data())
@settings(max_examples=100, deadline=None)
def test_a_file_torn_by_a_crash_keeps_every_whole_line(
    session: Session, data: st.DataObject
) -> None:
    content = encode_session(session)
    first = content.index(b"\n") + 1
    torn = content[: data.draw(st.integers(first, len(content)))]
    read = decode_session(torn, where="file")
    assert not read.complete or torn == content
    assert read.samples == session.samples[: len(read.samples)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "file: holds no session; name a file of `run`."),
        (b"{}\n", "file: is not a perfproof session: its first line is no header."),
        (b"\xff\xfe\n", "file: is not a perfproof session: its first line is no header."),
        (b'{"schema": 99}\n', "file: has schema 99, this perfproof reads schema 1"),
        (b'{"schema": 1}\n', "file, line 1: is damaged"),
        (b"[" * 5000 + b"\n", "is not a perfproof session"),
    ],
)
def test_what_is_no_session_is_refused_in_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(ResultFileError) as caught:
        decode_session(content, where="file")
    assert str(caught.value).startswith(sentence) or sentence in str(caught.value)


@pytest.mark.parametrize(
    "broken",
    [
        {"block_ns": ()},
        {"order": (0,)},
        {"yardstick_ns": (0, 1)},
        {"block_ns": (1, -1)},
        {"calls": 0},
        {"process": -1},
    ],
)
def test_a_sample_that_contradicts_itself_cannot_be_built(broken: dict[str, object]) -> None:
    sound: dict[str, object] = {
        "benchmark": "a",
        "process": 0,
        "calls": 1,
        "block_ns": (1, 2),
        "order": (0, 1),
        "slot": (0, 0),
    }
    msgspec.convert(sound, Sample)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(sound | broken, Sample)
