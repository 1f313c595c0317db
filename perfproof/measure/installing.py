"""One environment made: the standard venv, the user's pip, and perfproof's own packages last.

pip's configuration is the user's. What perfproof needs in there is not installed again: the
folders that perfproof runs from are put at the end of the path, after all that the side pins.
"""

from __future__ import annotations

import contextlib
import shutil
import site
import sys
import venv
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata, util
from pathlib import Path

from packaging.requirements import Requirement

from perfproof.errors import UseError
from perfproof.measure.checkout import Checkout
from perfproof.measure.dependencies import Needs
from perfproof.measure.git import run_child
from perfproof.measure.toolchain import Installed, own_requirements, unfit

__all__ = ["BUILT", "make_environment", "own_folders", "packages_folder", "python_of"]

BUILT = "project"
"""Folder of an environment into which the project itself was installed, where it was."""

_OPTIONS = ("--disable-pip-version-check", "--no-input", "--quiet", "--no-color")
_PIP_WITH_PYTHON = (22, 3)
"""The first pip that installs into another interpreter's environment."""
_PINS = "locked.txt"
_LAST = "zz-perfproof.pth"
"""Path files are read in the order of their names."""
_QUIET = {"PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": ""}
"""What the user's path holds is not installed; compiled files belong in the environment."""


def python_of(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / "bin" / "python"


def packages_folder(folder: Path) -> Path:
    """Where pip installs in an environment."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return folder / "lib" / version / "site-packages"


def own_folders() -> tuple[Path, ...]:
    """The folders that this process imports installed packages from, perfproof's own included."""
    stated = [*site.getsitepackages(), *([site.getusersitepackages()] if _user_site() else [])]
    home = Path(__file__).resolve().parents[2]
    found = [path for each in sys.path if each in stated and (path := Path(each)).is_dir()]
    return tuple(dict.fromkeys([*found, home]))


def _user_site() -> bool:
    return bool(site.ENABLE_USER_SITE)


def make_environment(folder: Path, needs: Needs, checkout: Checkout, *, hold: int) -> None:
    """Make the environment of one side.

    Args:
        folder: Where it is made and stays.
        needs: What is installed.
        checkout: The side.
        hold: A descriptor that pip keeps open: the lock on the folder.

    Raises:
        UseError: pip failed, with its last line and the side.
    """
    pip = _pip()
    venv.EnvBuilder(symlinks=True, with_pip=pip is None).create(folder)
    python = str(python_of(folder))
    installer = _Installer(pip(python) if pip else [python, "-m", "pip"], checkout, hold)
    if needs.builds:
        with _left_as_it_was(checkout.root):
            installer.run("--no-deps", "--target", str(folder / BUILT), "--", str(checkout.root))
    files = [word for name in needs.files for word in ("-r", name)]
    if needs.pins:
        # A lock holds all that is needed: what pip would find beside it is not of this version.
        pinned = folder / _PINS
        pinned.write_text("".join(f"{each}\n" for each in needs.pins))
        installer.run("--no-deps", "-r", str(pinned))
    asked = needs.requirements
    words = _of_build(folder, needs.extras) if asked is None else asked
    if files or words:
        # Behind `--` nothing is an option to pip, whatever a project calls its dependency.
        installer.run(*files, "--", *words)
    packages = packages_folder(folder)
    if not needs.pins and unfit(Installed([packages, *own_folders()])) is not None:
        # An old pin of what pytest needs, say: pip looks for a pytest that both can live with.
        # Where there is none it changes nothing, and the refusal says what does not fit.
        with contextlib.suppress(UseError):
            installer.run(*files, "--", *words, *map(str, own_requirements()))
    _forget_perfproof(packages)
    last = [*([folder / BUILT] if needs.builds else []), *own_folders()]
    (packages / _LAST).write_text("".join(f"{each}\n" for each in last))


class _Installer:
    """pip with one side's folder, so that paths in its requirement files hold."""

    def __init__(self, pip: Sequence[str], checkout: Checkout, hold: int) -> None:
        self._pip = pip
        self._checkout = checkout
        self._hold = hold

    def run(self, *words: str) -> None:
        command = [*self._pip, "install", *_OPTIONS, *words]
        ended = run_child(command, self._checkout.root, variables=_QUIET, hold=self._hold)
        if ended.status != 0:
            said = ended.complaint.removeprefix("ERROR: ") or f"exit code {ended.status}"
            shown = " ".join(["pip install", *_as_typed(words)])
            shown = shown.replace(str(self._checkout.root), ".")
            raise UseError(
                f"pip could not install what the {self._checkout.side} ({self._checkout.ref})"
                f" needs: {said.rstrip('.')}",
                where="--env each",
                remedy=f"see whether `{shown}` works there by hand, or use --env same",
            )


def _as_typed(words: Sequence[str]) -> list[str]:
    """Without what only we need: the mark before the words, and the folder of ours."""
    folder = words[words.index("--target") + 1] if "--target" in words else None
    return [each for each in words if each not in {"--", "--target", folder}]


@contextlib.contextmanager
def _left_as_it_was(root: Path) -> Iterator[None]:
    """Without ``build/`` and the like: only the first session would find tests in there."""
    before = {each.name for each in root.iterdir()}
    yield
    for each in root.iterdir():
        if each.name in before:
            continue
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        else:
            each.unlink()


def _pip() -> Callable[[str], list[str]] | None:
    """This interpreter's own pip, aimed at another; ``None`` where there is none that can."""
    # An environment without a pip of its own is made in 50 ms, with one in 2 to 4 s.
    if util.find_spec("pip") is None:
        return None
    try:
        version = tuple(int(word) for word in metadata.version("pip").split(".")[:2])
    except (metadata.PackageNotFoundError, ValueError):
        return None
    if version < _PIP_WITH_PYTHON:
        return None
    # Without -P a module of the checkout could stand before one of the standard library.
    return lambda python: [sys.executable, "-P", "-m", "pip", "--python", python]


def _of_build(folder: Path, extras: Sequence[str]) -> list[str]:
    """What the built project asks for, without the markers that are settled here."""
    wanted = []
    for built in metadata.distributions(path=[str(folder / BUILT)]):
        for text in built.requires or ():
            each = Requirement(text)
            marker, each.marker = each.marker, None
            if marker is None or any(marker.evaluate({"extra": name}) for name in ("", *extras)):
                wanted.append(str(each))
    return wanted


def _forget_perfproof(packages: Path) -> None:
    """A perfproof that the side pins would answer in its own protocol, of its own version."""
    for each in (packages / "perfproof", *packages.glob("perfproof-*.dist-info")):
        shutil.rmtree(each, ignore_errors=True)
