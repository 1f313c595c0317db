"""Limits of every figure as they are written; nonsense is one sentence with file and table."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfproof.configuration.targets import read_targets
from perfproof.errors import SettingError
from perfproof.record import FigureKind


def written(folder: Path, *tables: str) -> Path:
    path = folder / "targets.toml"
    path.write_text("".join(f"[[target]]\n{each}\n" for each in tables))
    return path


@pytest.mark.parametrize(
    ("figure", "limit", "amount"),
    [
        ("time", "0.5 ms", 5e-4),
        ("instructions", "7000", 7000),
        ("allocations", "10", 10),
        ("bytes", "2 KiB", 2048),
        ("peak memory", "64 MiB", 64 * 2**20),
        ("kept memory", "16 B", 16),
        ("kept memory", "0 B", 0),
    ],
)
def test_each_figure_has_its_unit(tmp_path: Path, figure: str, limit: str, amount: float) -> None:
    path = written(tmp_path, f'benchmark = "a"\nfigure = "{figure}"\nlimit = "{limit}"')
    (entry,) = read_targets(path)
    assert entry.kind is FigureKind(figure)
    assert entry.amount == pytest.approx(amount)


def test_a_load_is_named_by_its_scenario_and_quantile(tmp_path: Path) -> None:
    (entry,) = read_targets(
        written(tmp_path, 'load = "loads/echo.toml"\nquantile = "99 %"\nlimit = "50 ms"')
    )
    assert (entry.kind, entry.amount, entry.benchmark) == (FigureKind.LATENCY, 0.05, None)


B, L = 'benchmark = "a"\n', 'load = "echo.toml"\n'


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ('limit = "1 s"', "either benchmark or load"),
        (B + L + 'quantile = "99 %"\nlimit = "1 s"', "either benchmark or load"),
        (B + 'figure = "alocations"\nlimit = "1"', "did you mean 'allocations'?"),
        (B + 'figure = "latency"\nlimit = "1 s"', "unknown figure 'latency'"),
        (B + 'quantile = "99 %"\nlimit = "1 s"', "quantile is of a load"),
        (B + 'figure = "allocations"\nlimit = "1 ms"', "'1 ms' is not a count"),
        (B + 'figure = "allocations"\nlimit = "0"', "write a bare number above 0"),
        (B + 'figure = "bytes"\nlimit = "10"', "'10' is not a size"),
        (B + 'figure = "bytes"\nlimit = "0 B"', "write a number above 0"),
        (B + 'figure = "peak memory"\nlimit = "5 ms"', "as a limit of peak memory is"),
        (B + 'figure = "kept memory"\nlimit = "-1 B"', "write 0 or a number above it"),
        (B + 'figure = "kept memory"\nlimit = "1e999 B"', "is not a size"),
        (B + 'limit = "10 KiB"', "'10 KiB' is not a duration"),
        (L + 'limit = "1 s"', "quantile is missing"),
        (L + 'quantile = "100 %"\nlimit = "1 s"', "between 0 % and 100 %"),
        (L + 'quantile = "p99"\nlimit = "1 s"', "'p99' is not a percentage"),
        (L + 'quantile = "99 %"\nlimit = "10"', "'10' is not a duration"),
        (L + 'figure = "bytes"\nquantile = "99 %"\nlimit = "1 KiB"', "figure is of a benchmark"),
        ('load = "../echo.toml"\nquantile = "99 %"\nlimit = "1 s"', "inside the project"),
        ('load = "/echo.toml"\nquantile = "99 %"\nlimit = "1 s"', "inside the project"),
        ('load = "echo"\nquantile = "99 %"\nlimit = "1 s"', ".toml file"),
    ],
)
def test_nonsense_is_refused_with_file_table_and_remedy(
    tmp_path: Path, table: str, sentence: str
) -> None:
    path = written(tmp_path, 'benchmark = "fine"\nlimit = "1 s"', table)
    with pytest.raises(SettingError) as caught:
        read_targets(path)
    assert str(caught.value).startswith("targets.toml, [[target]] 2: refused: ")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
