"""The study's notebook runs from top to bottom on the recordings that are kept."""

import pytest

from tests.analysis.test_notebooks import ROOT, executed, outputs


# What a kernel of its own warns about is not this project's: its event loop and its sockets.
@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_the_study_runs_and_draws() -> None:
    made = outputs(executed(ROOT / "analysis/duel_errors.ipynb"))
    assert sum("image/png" in each.get("data", {}) for each in made) == 4
    tables = "".join(each.get("data", {}).get("text/markdown", "") for each in made)
    assert "| identical code called slower, single verdicts |" in tables
