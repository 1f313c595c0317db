"""Recording: what was finished stays, what was interrupted is gone, and it goes on."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from analysis.study.load import second_load, work
from analysis.study.recipes import RECIPES, Recipe
from analysis.study.record import chosen, main, record
from analysis.study.segment import Place, Segment, record_segment, segments_in

TWO = (
    Recipe(name="one", scenario="identical", share=0.5, pairs=4),
    Recipe(name="other", scenario="grown_3", share=0.5, budget_seconds=10),
)


class FakeCommand:
    """Fake: in the command line's place; each call takes 30 s by a clock of its own."""

    def __init__(self, exit_code: int = 0, interrupt_at: int | None = None) -> None:
        self.now = 0.0
        self.calls: list[tuple[str, ...]] = []
        self._exit_code, self._interrupt_at = exit_code, interrupt_at

    def __call__(self, words: Sequence[str], folder: Path, _: float) -> tuple[int, str]:
        self.calls.append(tuple(words))
        self.now += 30
        duels = folder / ".perfproof/duelled"
        duels.mkdir(parents=True)
        (duels / "duel.jsonl").write_text("half of a")
        if len(self.calls) == self._interrupt_at:
            raise KeyboardInterrupt
        if self._exit_code == 4:
            (duels / "duel.jsonl").unlink()
        return self._exit_code, "said"

    def clock(self) -> float:
        return self.now


@pytest.fixture
def place_of(tmp_path: Path) -> Callable[[FakeCommand], Place]:
    def made(command: FakeCommand) -> Place:
        return Place(tmp_path / "project", tmp_path / "into", "abc", command, command.clock)

    return made


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_interrupt_loses_only_the_segment_under_way(
    place_of: Callable[[FakeCommand], Place],
) -> None:
    place = place_of(FakeCommand(interrupt_at=3))
    with pytest.raises(KeyboardInterrupt):
        record(place, TWO, 2.0, random.Random(1))
    assert len(segments_in(place.into)) == 2
    again = FakeCommand()
    assert record(place_of(again), TWO, 2.0, random.Random(2)) == 2
    assert [name[:4] for name in names(place.into)] == ["0001", "0002", "0003", "0004"]
    assert sum(each.wall_seconds for _, each in segments_in(place.into)) == 120
    assert record(place_of(FakeCommand()), TWO, 2.0, random.Random(3)) == 0


def test_every_other_segment_of_a_kind_is_loaded(
    place_of: Callable[[FakeCommand], Place],
) -> None:
    place = place_of(FakeCommand())
    record(place, TWO[:1], 2.0, random.Random(4))
    loaded = [segment.loaded for _, segment in segments_in(place.into)]
    assert loaded in ([True, False, True, False], [False, True, False, True])


def test_a_failure_is_kept_and_three_in_a_row_end_it(
    place_of: Callable[[FakeCommand], Place],
) -> None:
    command = FakeCommand(exit_code=4)
    with pytest.raises(RuntimeError, match="3 times in a row"):
        record(place_of(command), TWO, 60.0, random.Random(5))
    assert len(command.calls) == 3
    assert all(each.failed for _, each in segments_in(place_of(command).into))


def test_a_run_without_its_file_is_no_segment(place_of: Callable[[FakeCommand], Place]) -> None:
    command = FakeCommand()

    def silent(words: Sequence[str], folder: Path, seconds: float) -> tuple[int, str]:
        command(words, folder, seconds)
        (folder / ".perfproof/duelled/duel.jsonl").unlink()
        return 0, ""

    place = place_of(command)
    bare = Place(place.repository, place.into, "abc", silent, command.clock)
    with pytest.raises(RuntimeError, match="left 0 duel files"):
        record_segment(bare, TWO[0], loaded=False)
    assert segments_in(place.into) == []


def test_the_command_is_the_one_that_a_user_types() -> None:
    fixed, live = TWO
    assert fixed.words()[:3] == ["compare", "base", "identical"]
    assert fixed.words()[-5:] == ["--pairs", "4", "--budget", "160s", "--no-confirm"]
    assert live.words()[-2:] == ["--budget", "10s"]


def test_a_recipe_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--into", str(tmp_path / "into"), "--only", "grown_4"])
    assert not (tmp_path / "into").exists()


def test_the_shares_of_the_hour_add_up() -> None:
    assert sum(each.share for each in RECIPES) == pytest.approx(1)
    assert len({each.name for each in RECIPES}) == len(RECIPES)


def test_what_has_had_its_share_is_not_chosen() -> None:
    spent = Segment(
        recipe="one",
        scenario="identical",
        loaded=False,
        started="",
        wall_seconds=31,
        exit_code=0,
        words=(),
        tool_commit="",
    )
    draws = {chosen([spent], TWO, 1.0, random.Random(seed)) for seed in range(20)}
    assert draws == {TWO[1]}


def test_the_load_ends_with_its_parent_and_with_its_time() -> None:
    assert work(until=float("inf"), alive=iter([True, True, False]).__next__) == 2
    assert work(until=0.0, alive=lambda: True) == 0


def test_the_load_is_gone_when_what_it_stands_beside_is_over() -> None:
    with second_load(60.0) as pid:
        assert Path(f"/proc/{pid}").exists()
    assert not Path(f"/proc/{pid}").exists()
