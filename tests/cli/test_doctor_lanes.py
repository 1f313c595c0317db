"""How doctor tries ways of using the cores, keeps its choice, and how compare takes it up."""

from __future__ import annotations

import argparse
import json
import os
import random
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from perfproof.cli.berthing import berthing_of, named_berths
from perfproof.cli.doctor import noise_meant, trial_of
from perfproof.cli.lane_advice import advise_from, choice_lines, sight_sentences
from perfproof.cli.lane_trial import candidates, try_ways
from perfproof.cli.lanes_found import FILE, found_by_doctor, keep_lanes, stored_lanes
from perfproof.configuration.settings import Project, find_project
from perfproof.errors import ResultFileError, UseError
from perfproof.judge.duel.lane_choice import LaneChoice, Tried, TriedPair, Way, choose_way
from perfproof.measure.berths import usable_cores
from perfproof.measure.machine import Machine

CORES = len(usable_cores())


@pytest.fixture
def project(foreign_project: Path) -> Project:
    return find_project(foreign_project)


def both_tried(way: Way, pairs: int = 20) -> tuple[Tried, Tried]:
    """One lane and a way that is eight times as fast, both drawn from the same noise."""
    rows = (0.01 * np.random.default_rng(1).standard_normal((pairs, 6))).tolist()
    usual = Tried(Way("1", 1, beside=True), tuple(TriedPair(tuple(r), 0.8, 0.1) for r in rows))
    return usual, Tried(way, tuple(TriedPair(tuple(r), 0.1, 0.1) for r in rows))


def choice_of(way: Way) -> LaneChoice:
    choice = choose_way(both_tried(way), np.random.default_rng(1))
    assert choice is not None
    return choice


def keep(project: Project, *, fingerprint: str | None = None, cores: int = CORES) -> Path:
    digest = fingerprint or Machine().fingerprint().digest
    choice = choice_of(Way("free", 1, beside=False))
    return keep_lanes(project, found_by_doctor(choice, fingerprint=digest, cores=cores))


def said(project: Project, lanes: str | None = None) -> tuple[str, str]:
    berthing = berthing_of(project, argparse.Namespace(lanes=lanes))
    return berthing.lanes, str(berthing)


def test_what_was_found_is_read_back_with_its_figures(project: Project) -> None:
    path = keep(project)
    assert path == project.root / FILE
    found = stored_lanes(project)
    assert found is not None
    assert (found.lanes, found.clear, found.cores) == ("free", True, CORES)
    one, free = found.ways
    assert one.against_usual is None
    assert free.against_usual is not None
    assert free.pairs == 20
    assert (path.parent / ".gitignore").read_text() == "*\n"
    assert [each.name for each in path.parent.iterdir() if ".partial" in each.name] == []


def test_compare_takes_what_doctor_found_and_says_so(project: Project) -> None:
    assert said(project) == (
        "1",
        "1 lane, as `perfproof doctor` has not looked for better here",
    )
    keep(project)
    found = stored_lanes(project)
    assert found is not None
    assert said(project) == (
        "free",
        f"cores that the system chooses, as doctor found best on {found.day}",
    )
    assert said(project, lanes="1") == ("1", "1 lane, as asked for")


@pytest.mark.parametrize(("fingerprint", "cores"), [("0" * 12, CORES), (None, CORES + 1)])
def test_what_was_found_elsewhere_is_not_taken(
    project: Project, fingerprint: str | None, cores: int
) -> None:
    keep(project, fingerprint=fingerprint, cores=cores)
    lanes, sentence = said(project)
    assert lanes == "1"
    assert "on another machine or other cores" in sentence


def test_lanes_that_are_not_there_are_not_taken(project: Project) -> None:
    path = keep(project)
    path.write_text(path.read_text().replace('"lanes": "free"', f'"lanes": "{CORES + 1}"'))
    assert said(project)[0] == "1"


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda _: "",
        lambda _: "[]",
        lambda _: "\udcff",
        lambda text: text.replace('"lanes": "free"', '"lanes": "\\u001b[31m"'),
        lambda text: text.replace('"schema": 1', '"schema": 2'),
        lambda text: text.replace('"date": "', '"date": "on '),
        lambda text: json.dumps({**json.loads(text), "\x1b[31m": 1}),
        lambda text: text + " " * 200_000,
    ],
)
def test_a_damaged_file_is_a_sentence_and_costs_only_speed(
    project: Project, damage: Callable[[str], str]
) -> None:
    path = keep(project)
    path.write_bytes(os.fsencode(damage(path.read_text())))
    with pytest.raises(ResultFileError) as caught:
        stored_lanes(project)
    assert FILE in str(caught.value)
    lanes, sentence = said(project)
    assert lanes == "1"
    assert sentence.startswith(f"1 lane, as {FILE}: is not what doctor writes: ")
    assert sentence.endswith("; run `perfproof doctor` again")
    assert sentence.isprintable()


def test_a_pipe_in_the_files_place_is_not_waited_for(project: Project) -> None:
    path = keep(project)
    path.unlink()
    os.mkfifo(path)
    answers: list[str] = []
    reader = threading.Thread(target=lambda: answers.append(said(project)[0]), daemon=True)
    reader.start()
    reader.join(30)
    assert answers == ["1"]


@pytest.mark.parametrize(
    ("cores", "names"),
    [
        (0, ("free",)),
        (1, ("1",)),
        (2, ("1", "2", "free")),
        (4, ("1", "4", "free")),
        (16, ("1", "8", "16", "free")),
    ],
)
def test_the_ways_worth_trying_hang_on_the_cores(cores: int, names: tuple[str, ...]) -> None:
    assert candidates(cores) == names


@pytest.mark.skipif(not CORES, reason="the system does not tell its cores")
def test_the_last_cores_measure_and_the_first_ones_start() -> None:
    cores = usable_cores()
    one = named_berths("1")
    assert (one.cores, one.others) == (cores[-1:], frozenset(cores[:-1]))
    assert named_berths("free").cores == ()
    for wrong in ("0", str(CORES + 1), "-1", "two", ""):
        with pytest.raises(UseError, match="lanes on"):
            named_berths(wrong)


def test_a_short_real_trial_gives_every_way_its_pairs(project: Project) -> None:
    names = candidates(CORES)
    noise = noise_meant()
    trial = trial_of(project, noise, 2)
    tried = try_ways(names, trial, random.Random(1))
    assert [each.way.name for each in tried] == list(names)
    for each in tried:
        assert len(each.pairs) == 2
        for pair in each.pairs:
            assert len(pair.log_ratios) == len(noise.benchmarks)
            # Identical code: nothing that a busy machine could turn into another decade.
            assert max(map(abs, pair.log_ratios)) < 2
            assert 0 < pair.visit_seconds < pair.seconds
    assert choose_way(tried, np.random.default_rng(1)) is None


def test_the_table_names_every_way_and_the_choice() -> None:
    choice = choice_of(Way("2", 2, beside=False))
    lines = [line.plain for line in choice_lines(choice)]
    assert lines[1].startswith("1 lane, starting beside")
    assert lines[2].startswith("2 lanes")
    assert "chosen: 2 lanes, whose whole interval lies below that of 1 lane" in lines
    sentences = list(sight_sentences(choice.chosen))
    # No duel of `compare` has more than 120.
    pairs = [min(120, int(each / choice.chosen.pair_seconds)) for each in (5, 20)]
    assert pairs[0] < pairs[1] == 120
    for seconds, count, sentence in zip((5, 20), pairs, sentences, strict=True):
        assert f" % in {seconds} s a benchmark ({count} pairs;" in sentence


def test_advice_is_printed_and_kept(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    advise_from(project, both_tried(Way("free", 1, beside=False)), Machine())
    assert "chosen: cores that the system chooses" in capsys.readouterr().out
    assert said(project)[0] == "free"


def test_few_pairs_are_no_advice(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    advise_from(project, both_tried(Way("free", 1, beside=False), pairs=4), Machine())
    assert "4 pairs of a way are too few" in capsys.readouterr().out
    assert stored_lanes(project) is None
