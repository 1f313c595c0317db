"""Repositories that know nothing of the developer's own git configuration."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from perfproof.measure.git import LOCATIONS
from tests.measure.repositories import (
    ODD,
    git,
    new_repository,
    write,
)


@pytest.fixture(scope="module")
def plain_git(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No configuration of whoever runs the tests, and no repository around them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if LOCATIONS.fullmatch(each)]:
            patch.delenv(name)
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path_factory.getbasetemp()))
        yield


@pytest.fixture(scope="module")
def template(
    plain_git: None,  # noqa: ARG001 - its environment is wanted, not a value
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A repository in the middle of work: staged, changed, deleted, new, ignored, stashed."""
    files = {
        "shape.py": "SIDE = 'base'\n",
        "staged.py": "1\n",
        "deleted.py": "1\n",
        ODD: "1\n",
        ".gitignore": "*.log\n__pycache__/\n",
    }
    root = new_repository(tmp_path_factory.mktemp("template") / "a project", files)
    write(root, {"staged.py": "stashed\n"})
    git(root, "stash")
    write(root, {"staged.py": "2\n"})
    git(root, "add", "staged.py")
    write(root, {"shape.py": "SIDE = 'head'\n", "new/one.py": "1\n", "noise.log": "x"})
    (root / "deleted.py").unlink()
    return root


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Path:
    return shutil.copytree(template, tmp_path / template.name, symlinks=True)
