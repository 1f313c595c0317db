"""Tiny wheels, and an index of them that needs no network."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # A backend of the tests makes wheels too, where there is no pytest.
    import pytest


def wheel(
    folder: Path,
    name: str,
    version: str,
    files: dict[str, str],
    needs: Sequence[str] = (),
) -> Path:
    """A wheel made by hand: a zip with the package's files and what describes it."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name.replace('-', '_')}-{version}"
    about = f"{stem}.dist-info"
    described = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        + "".join(f"Requires-Dist: {each}\n" for each in needs),
        "WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    members = {**files, **{f"{about}/{each}": text for each, text in described.items()}}
    record = "".join(f"{each},,\n" for each in [*members, f"{about}/RECORD"])
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in {**members, f"{about}/RECORD": record}.items():
            archive.writestr(each, text)
    return path


def tiny(folder: Path, version: str) -> Path:
    """A dependency that knows its own version."""
    return wheel(folder, "tiny", version, {"tiny.py": f"VERSION = {version!r}\n"})


def only_index(patch: pytest.MonkeyPatch, folder: Path, cache: Path) -> None:
    """pip finds nothing but the wheels of ``folder``; environments go below ``cache``."""
    patch.setenv("PIP_CONFIG_FILE", "/dev/null")
    patch.setenv("PIP_NO_INDEX", "1")
    patch.setenv("PIP_FIND_LINKS", str(folder))
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT", "PIP_REQUIRE_HASHES"):
        patch.delenv(name, raising=False)
    patch.setenv("XDG_CACHE_HOME", str(cache))
