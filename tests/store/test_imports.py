"""Files of imports: what was measured comes back, and what is broken is refused by its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from perfproof.errors import ResultFileError
from perfproof.record.importing import ImportRun
from perfproof.store.imports import read_imports, write_imports
from tests.store.kinds import import_session


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    write_imports(tmp_path / "kept", import_session())
    assert read_imports(tmp_path / "kept") == import_session()
    assert [each.name for each in tmp_path.iterdir()] == ["kept"]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda text: text[:0], "holds no whole line"),
        (lambda text: text.replace('"schema":1', '"schema":2'), "has schema 2"),
        (lambda text: text.replace('"package":"parcels"', '"package":7'), "is no file of imports"),
        (lambda text: text.rpartition("{")[0], "does not hold what its last line says"),
        (lambda text: text + "more", "does not hold what its last line says"),
        (lambda text: text.replace('"processes":4', '"processes":5'), "what its last line says"),
        (lambda text: text.replace('"process":1', '"process":3'), "line 3 is out of its order"),
        (lambda text: text.replace("0.01", "-0.01"), "line 2 is damaged: an import takes no neg"),
        (lambda text: text.replace('"side":"head"', '"side":"base"'), "line 4 is out of its order"),
        (lambda text: text.replace('"base":"main",', ""), "is no file of imports: margin, base"),
        (
            lambda text: re.sub('(?m)^.*"side":"head".*\n', "", text).replace('s":4', 's":2'),
            "needs as many processes of base and head",
        ),
    ],
)
def test_a_broken_file_is_refused_in_one_sentence(
    tmp_path: Path, broken: Callable[[str], str], said: str
) -> None:
    path = tmp_path / "kept.jsonl"
    write_imports(path, import_session())
    path.write_text(broken(path.read_text()))
    with pytest.raises(ResultFileError, match=said) as refused:
        read_imports(path)
    assert "kept.jsonl" in str(refused.value)


def test_a_run_without_a_module_is_none() -> None:
    with pytest.raises(ValueError, match="own and cumulative seconds"):
        ImportRun({}, {})
