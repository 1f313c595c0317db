"""The agenda of the peers, the rows that they leave, and the table of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analysis.study.counting import Count
from analysis.study.peers.agenda import SCENARIO_SHARES, Agenda, Cell
from analysis.study.peers.peer import Called
from analysis.study.peers.recording import Surroundings, prepared, record
from analysis.study.peers.rows import ROWS, Row, append_rows, last_run, read_rows
from analysis.study.peers.table import main, markdown, slower_of, suites_with_alarm
from analysis.study.versions import SCENARIOS
from perfproof.errors import MachineryError


class FakePeer:
    """Fake: takes a while by the clock that it moves, and calls one of two benchmarks slower."""

    def __init__(self, world: World, name: str = "pyperf", seconds: float = 20.0) -> None:
        self.name = name
        self.seconds = seconds
        self.failing = self.interrupted = False
        self.missing = ""
        self._world = world

    def prepare(self, until: float) -> None:
        assert until > 0
        if self.missing:
            raise MachineryError(self.missing)

    def compare(self, scenario: str, until: float) -> list[Called]:
        assert until > self._world.now
        self._world.now += self.seconds
        self._world.compared.append((scenario, self._world.loads % 2 == 1))
        if self.interrupted:
            raise KeyboardInterrupt
        if self.failing:
            raise MachineryError("it broke")
        return [Called("rule", "json-small", True, 1.2), Called("rule", "calls-small", False, 1.0)]


class World:
    """Fake: clock and second load."""

    def __init__(self) -> None:
        self.now = 0.0
        self.loads = 0
        self.compared: list[tuple[str, bool]] = []

    @contextmanager
    def load(self, seconds: float) -> Iterator[None]:
        assert seconds > 0
        self.loads += 1
        try:
            yield
        finally:
            self.loads += 1

    @property
    def surroundings(self) -> Surroundings:
        return Surroundings(lambda: self.now, self.load)


def recorded(
    world: World, folder: Path, *peers: FakePeer, seconds: float = 400.0, seed: int = 1
) -> int:
    agenda = Agenda([peer.name for peer in peers], seconds, random.Random(seed))
    return record({peer.name: peer for peer in peers}, agenda, folder / ROWS, world.surroundings)


def test_every_scenario_of_the_agenda_is_a_version() -> None:
    assert set(SCENARIO_SHARES) <= set(SCENARIOS)
    assert sum(SCENARIO_SHARES.values()) == pytest.approx(1)


def test_identical_gets_six_tenths_and_half_of_all_meet_the_load() -> None:
    agenda = Agenda(["pyperf", "asv"], 100_000, random.Random(2))
    spent: Counter[Cell] = Counter()
    left = 100_000
    while (cell := agenda.following(left)) is not None:
        seconds = {"pyperf": 30, "asv": 40}[cell.peer]
        left -= seconds
        spent[cell] += seconds
        agenda.done(cell, seconds, failed=False)
    for peer, share in (("pyperf", 4 / 7), ("asv", 3 / 7)):
        for scenario, part in SCENARIO_SHARES.items():
            alone, loaded = (spent[Cell(peer, scenario, each)] for each in (False, True))
            assert alone + loaded == pytest.approx(share * part * 100_000, rel=0.05)
            assert abs(alone - loaded) <= 40


def test_the_order_is_drawn() -> None:
    orders = set()
    for seed in range(8):
        agenda = Agenda(["pyperf", "asv"], 600, random.Random(seed))
        orders.add(agenda.following(600))
    assert len(orders) > 3


def test_nothing_is_begun_that_would_not_fit(tmp_path: Path) -> None:
    world = World()
    assert recorded(world, tmp_path, FakePeer(world, seconds=30), seconds=200) == 6
    assert world.now == 180
    assert recorded(world, tmp_path, FakePeer(world), seconds=10) == 0


def test_rows_hold_what_was_said_and_under_what(tmp_path: Path) -> None:
    world = World()
    count = recorded(world, tmp_path, FakePeer(world))
    rows = read_rows(tmp_path / ROWS)
    assert count == len(world.compared) == 20
    assert list(rows.run) == [run for run in range(1, count + 1) for _ in range(2)]
    assert set(rows.seconds) == {10.0}
    assert list(rows.slower) == [1, 0] * count
    told = list(zip(rows.scenario[::2], rows.load[::2] == "yes", strict=True))
    assert told == world.compared
    assert (rows.load == "yes").mean() == pytest.approx(0.5, abs=0.1)


def test_an_interrupt_keeps_what_was_finished_and_the_next_call_goes_on(tmp_path: Path) -> None:
    world = World()
    peer = FakePeer(world)
    recorded(world, tmp_path, peer, seconds=100)
    kept = (tmp_path / ROWS).read_text()
    peer.interrupted = True
    with pytest.raises(KeyboardInterrupt):
        recorded(world, tmp_path, peer, seconds=100)
    assert (tmp_path / ROWS).read_text() == kept
    assert world.loads % 2 == 0
    peer.interrupted = False
    recorded(world, tmp_path, peer, seconds=100)
    assert last_run(tmp_path / ROWS) == 10


def test_a_peer_that_keeps_failing_is_left_out_and_said(tmp_path: Path) -> None:
    world = World()
    broken, sound = FakePeer(world, "asv"), FakePeer(world, "pyperf")
    broken.failing = True
    recorded(world, tmp_path, broken, sound, seconds=1000)
    rows = read_rows(tmp_path / ROWS)
    failed = rows[rows.peer == "asv"]
    assert list(failed.trouble) == ["it broke."] * 3
    assert failed.slower.isna().all()
    assert len(rows[rows.peer == "pyperf"]) > 20


def test_a_peer_that_cannot_be_had_is_a_row(tmp_path: Path) -> None:
    world = World()
    missing, sound = FakePeer(world, "asv"), FakePeer(world, "pyperf")
    missing.missing = "no network"
    assert list(prepared([missing, sound], tmp_path / ROWS)) == ["pyperf"]
    rows = read_rows(tmp_path / ROWS)
    assert list(rows.trouble) == ["cannot be had: no network."]
    assert "asv, before any comparison: cannot be had: no network. (1 times)" in markdown(rows)


def test_rows_name_no_folder_of_the_machine(tmp_path: Path) -> None:
    world = World()
    missing = FakePeer(world, "asv")
    missing.missing = "no '/home/me/x/setup.py' and/or https://index.example/simple/asv"
    assert prepared([missing], tmp_path / ROWS) == {}
    (row,) = read_rows(tmp_path / ROWS).trouble
    assert row == "cannot be had: no 'setup.py' and/or asv."


def suite(run: int, scenario: str, slower: int, *, loaded: bool = False, of: int = 20) -> list[Row]:
    return [
        Row(
            run=run,
            peer="asv",
            rule="factor",
            scenario=scenario,
            loaded=loaded,
            benchmark=f"b{number}",
            slower=number < slower,
            ratio=1.0,
            seconds=1.5,
        )
        for number in range(of)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / ROWS
    append_rows(path, suite(1, "identical", 0))
    append_rows(path, suite(2, "identical", 3, loaded=True))
    append_rows(path, suite(3, "identical", 1, of=2))
    append_rows(path, suite(4, "grown_10", 15))
    append_rows(path, [Row(run=5, peer="asv", scenario="grown_10", trouble='said "no", twice')])
    return tmp_path


def test_verdicts_and_suites_are_counted(folder: Path) -> None:
    rows = read_rows(folder / ROWS)
    assert slower_of(rows, "identical") == {("asv", "factor"): Count(4, 42)}
    assert slower_of(rows, "grown_10") == {("asv", "factor"): Count(15, 20)}
    assert slower_of(rows, "grown_3") == {}
    # Two of the benchmarks are no suite.
    assert suites_with_alarm(rows) == {("asv", "factor"): Count(1, 2)}


def test_the_table_shows_counts_with_intervals(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--data", str(folder)])
    shown = capsys.readouterr().out
    assert "| asv | factor | 4/42 [3.77, 22.1] % | - | - | 15/20 [53.1, 88.8] % | 1/2 " in shown
    assert "| 1.5 s |" in shown
    assert 'asv, grown_10: said "no", twice (1 times)' in shown
    main(["--data", str(folder), "--load", "yes"])
    assert "3/20" in capsys.readouterr().out


def test_no_rows_are_an_empty_table(tmp_path: Path) -> None:
    assert last_run(tmp_path / ROWS) == 0
    assert markdown(read_rows(tmp_path / ROWS)).count("\n") == 2


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / ROWS).write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="does not hold the rows of peers"):
        read_rows(tmp_path / ROWS)
