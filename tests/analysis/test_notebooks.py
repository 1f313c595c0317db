"""The notebooks run from top to bottom on what is stored, and were committed executed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
NOTEBOOKS = sorted((ROOT / "analysis").glob("*.ipynb"))


def executed(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("execute_notebooks", ROOT / "analysis/execute.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.executed(path)


def outputs(notebook: Any) -> list[Any]:
    return [each for cell in notebook.cells for each in cell.get("outputs", ())]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_was_committed_with_its_plots(path: Path) -> None:
    kept = outputs(nbformat.read(path, as_version=4))
    assert any("image/png" in each.get("data", {}) for each in kept)
    assert not any(each.output_type == "error" for each in kept)


# What a kernel of its own warns about is not this project's: its event loop and its sockets.
@pytest.mark.filterwarnings("ignore")
def test_comparing_two_sessions_runs_and_draws() -> None:
    made = outputs(executed(ROOT / "analysis/two_sessions.ipynb"))
    text = "".join(each.get("text", "") for each in made)
    assert sum("image/png" in each.get("data", {}) for each in made) == 3
    assert "compared below: " in text
    assert "in yardsticks" in text


@pytest.mark.filterwarnings("ignore")
def test_a_notebook_that_raises_is_seen(tmp_path: Path) -> None:
    broken = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    path = tmp_path / "broken.ipynb"
    nbformat.write(broken, path)
    with pytest.raises(Exception, match="ZeroDivisionError"):
        executed(path)
