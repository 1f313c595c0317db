"""A live run's verdicts come out of its file again, and a disagreement is seen."""

import lzma
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from analysis.study.recordings import Recording, read_recordings
from analysis.study.retold import disagreements, printed_verdicts, retold
from analysis.study.segment import DUEL, META, SAID, Segment
from perfproof.record import Benchmark, Duel, Part, Sample, Session, Side, encode_session
from tests.store.sessions import header

TABLE = """\
identical (b) against base (a)
benchmark     base     head  ratio                n      verdict    sees
slow       3.00 ms  3.15 ms  +5.0 % [+4.1, +5.9]  12/12  slower
even       3.00 ms  3.00 ms  +0.0 % [-0.7, +0.8]  12/12  same       1.9 %
1 slower, 1 same.
"""

ASKED = Duel(
    base="a",
    base_name="base",
    head="b",
    head_name="identical",
    margin=0.01,
    alpha=0.01,
    most_pairs=120,
    fixed=False,
    quads=1,
    cores=(1,),
    lanes=1,
)

SEGMENT = Segment(
    recipe="identical-live",
    scenario="identical",
    loaded=False,
    started="2026-01-01T00:00:00+00:00",
    wall_seconds=48.0,
    exit_code=1,
    words=("compare",),
    tool_commit="abc",
)


def samples(ratio: float, name: str, part: Part, first: int = 0) -> list[Sample]:
    """Twelve pairs whose head takes ``ratio`` as long."""
    rng = np.random.default_rng(first + len(name))
    sides: tuple[Side, Side] = ("base", "head")
    return [
        Sample(
            benchmark=f"b.py::{name}",
            process=process,
            calls=1,
            block_ns=tuple(int(3e6 * factor * each) for each in rng.normal(1, 0.002, 4)),
            order=(0, 3, 4, 7) if side == "base" else (1, 2, 5, 6),
            slot=(0, 3, 0, 3) if side == "base" else (1, 2, 1, 2),
            side=side,
            part=part,
        )
        for process in range(first, first + 12)
        for side, factor in zip(sides, (1.0, ratio), strict=True)
    ]


def recording(*, slow: float = 1.05, again: float = 1.05, null: float = 1.0) -> Recording:
    """A benchmark that is slower and one that is not, with nulls and a confirmation."""
    session = Session(
        header=msgspec.structs.replace(header(), duel=ASKED),
        benchmarks=tuple(
            Benchmark(id=f"b.py::{name}", name=name, runner="pytest-benchmark")
            for name in ("slow", "even")
        ),
        samples=(
            *samples(slow, "slow", "duel"),
            *samples(1.0, "even", "duel"),
            *samples(null, "slow", "null", 20),
            *samples(null, "even", "null", 20),
            *samples(again, "slow", "confirmation", 40),
        ),
        complete=True,
    )
    return Recording("0001", SEGMENT, session, TABLE)


def told(of: Recording) -> dict[str, tuple[str, str]]:
    return {each.benchmark[6:]: (each.first, each.told) for each in retold(of)}


def test_the_verdicts_come_out_of_the_file_again() -> None:
    assert told(recording()) == {"slow": ("slower", "slower"), "even": ("same", "same")}
    assert printed_verdicts(TABLE) == [("slow", "slower"), ("even", "same")]
    assert disagreements(recording(), retold(recording())) == []


def test_each_verdict_takes_its_share_of_the_wall_seconds() -> None:
    assert [each.seconds for each in retold(recording())] == [24.0, 24.0]


def test_what_was_not_confirmed_was_not_told() -> None:
    assert told(recording(again=1.0))["slow"] == ("slower", "undecided")


def test_nulls_that_misbehave_leave_nothing_to_tell() -> None:
    assert told(recording(null=1.04))["even"] == ("same", "undecided")


def test_a_table_that_says_something_else_is_seen() -> None:
    other = replace(recording(), said=TABLE.replace("same       1.9 %", "faster"))
    (found,) = disagreements(other, retold(other))
    assert "even was printed as faster, its file says same" in found
    renamed = replace(recording(), said=TABLE.replace("even ", "odd  ").replace("same  ", "faster"))
    assert len(disagreements(renamed, retold(renamed))) == 1


def test_an_exit_code_that_says_something_else_is_seen() -> None:
    passed = replace(recording(), segment=msgspec.structs.replace(SEGMENT, exit_code=0))
    (found,) = disagreements(passed, retold(passed))
    assert "exit code 0, its file says 1" in found


def test_recordings_are_read_back_and_failures_counted(tmp_path: Path) -> None:
    kept = recording()
    failed = msgspec.structs.replace(SEGMENT, exit_code=4)
    for number, segment in enumerate((SEGMENT, failed), start=1):
        folder = tmp_path / f"000{number}-identical-live-quiet"
        folder.mkdir()
        (folder / META).write_bytes(msgspec.json.encode(segment))
        (folder / SAID).write_text(TABLE)
        (folder / DUEL).write_bytes(lzma.compress(encode_session(kept.session)))
    (read,), failures = read_recordings(tmp_path)
    assert told(read) == told(kept)
    assert read.seconds_a_pair == pytest.approx(2.0)
    assert failures == {"identical-live": 1}
