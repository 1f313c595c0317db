"""Settings: what is unknown or wrong is refused with key, file and nearest spelling."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfproof.configuration.settings import Settings, find_project
from perfproof.configuration.targets import read_targets
from perfproof.errors import SettingError


def project_with(folder: Path, table: str) -> Path:
    (folder / "pyproject.toml").write_text("[tool.perfproof]\n" + table)
    return folder


def test_without_a_table_the_defaults_hold(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert find_project(tmp_path).settings == Settings()


def test_the_nearest_file_upwards_counts(tmp_path: Path) -> None:
    project_with(tmp_path, "processes = 3\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    found = find_project(inner)
    assert (found.root, found.settings.processes) == (tmp_path, 3)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("proceses = 3\n", "unknown key 'proceses' (did you mean 'processes'?)"),
        ("processes = 'many'\n", "Expected `int`, got `str` - at `$.processes`"),
        ("processes = 0\n", "processes and blocks count from 1"),
        ("block = '3'\n", "'3' is not a duration"),
        ("margin = '5'\n", "'5' is not a percentage"),
        ("alpha = '100 %'\n", "alpha must lie between 0 % and 100 %"),
        ("baselines = '../elsewhere'\n", "baselines must be a folder inside the project"),
        ("requirements = ['../pins.txt']\n", "no file inside the project"),
        ("requirements = ['--pre']\n", "no file inside the project"),
        ("= 3\n", "is not TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(tmp_path: Path, table: str, sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        find_project(project_with(tmp_path, table))
    assert sentence in str(caught.value)
    assert "pyproject.toml" in str(caught.value)


def test_a_named_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="cannot be read"):
        find_project(tmp_path, tmp_path / "nowhere.toml")


def test_targets_are_read_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    path.write_text(
        '[[target]]\nbenchmark = "a*"\nlimit = "0.5 ms"\nsource = "the document"\n'
        '[[target]]\nbenchmark = "b"\nlimit = "3 us"\nhard = false\n'
    )
    first, second = read_targets(path)
    assert (first.amount, first.hard) == (5e-4, True)
    assert (second.amount, second.hard) == (3e-6, False)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('[[target]]\nbenchmark = "a"\n', "missing required field `limit`"),
        (
            '[[target]]\nbenchmark = "a"\nlimit = "5"\n',
            "[[target]] 1: refused: '5' is not a duration",
        ),
        ('[[target]]\nbenchmark = "a"\nlimit = "5 s"\nhrad = true\n', "did you mean 'hard'?"),
        ("[[targets]]\n", "unknown table 'targets'"),
        ("target = 3\n", "'target' must be tables"),
    ],
)
def test_a_broken_targets_file_is_refused(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "targets.toml"
    path.write_text(content)
    with pytest.raises(SettingError) as caught:
        read_targets(path)
    assert sentence in str(caught.value)
