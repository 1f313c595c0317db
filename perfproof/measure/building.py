"""Projects whose sources alone cannot run: how they are told, and what a build adds to them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from perfproof.configuration.tables import read_toml
from perfproof.measure.checkout import Checkout, import_paths

__all__ = ["complete_sources", "needs_a_build"]

_BUILD_FILES = ("CMakeLists.txt", "meson.build", "Cargo.toml")
_COMPILED_SOURCES = ("*.pyx", "*/*.pyx", "*/*/*.pyx", "src/*/*/*.pyx")
_IN_SETUP = re.compile(r"\b(ext_modules|cffi_modules|rust_extensions|cythonize|mypycify)\b")
_COMPILERS = re.compile(
    r"(cython|cffi|pybind11|nanobind|maturin|meson-python|scikit-build|scikit-build-core"
    r"|setuptools-rust|hatch-mypyc|hatch-cython|mypy|sip)\b(?![-\w])",
    re.IGNORECASE,
)


def needs_a_build(root: Path) -> bool:
    """Whether a project has extension modules, by what its files say.

    True for a CMakeLists.txt, meson.build or Cargo.toml; for a ``.pyx``; for a setup.py or
    ``[tool.setuptools]`` with extension modules; for a build that requires a compiler of them.
    """
    if any((root / name).is_file() for name in _BUILD_FILES):
        return True
    if any(next(root.glob(pattern), None) for pattern in _COMPILED_SOURCES):
        return True
    setup = root / "setup.py"
    if setup.is_file() and _IN_SETUP.search(setup.read_text(errors="replace")):
        return True
    path = root / "pyproject.toml"
    table: dict[str, Any] = read_toml(path) if path.is_file() else {}
    if "ext-modules" in table.get("tool", {}).get("setuptools", {}):
        return True
    requires = table.get("build-system", {}).get("requires", ())
    return any(_COMPILERS.match(each) for each in requires)


def complete_sources(built: Path, checkout: Checkout) -> None:
    """Copy what a build made and the checkout lacks (extensions, say) beside its sources.

    The checkout comes first on the path, and a package is imported from one place only. Packages
    that the checkout holds elsewhere, under ``python/`` say, are imported from ``built``.

    Args:
        built: Folder into which the project was installed.
        checkout: The side; its folder is ours.
    """
    for package in built.iterdir():
        if not package.is_dir() or not package.name.isidentifier():
            continue
        for root in import_paths(checkout):
            if (root / package.name).is_dir():
                _copy_missing(package, root / package.name)
                break


def _copy_missing(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        there = target / path.relative_to(source)
        if path.is_file() and path.suffix != ".pyc" and not there.exists():
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, there)
