"""One folder put in the place of another in one step."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

__all__ = ["exchange", "put_in_place"]

# linux/fs.h; renameat2(2): both names exist before and after, nothing is seen in between.
_EXCHANGE = 2
_AT_FDCWD = -100


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; false where the system or the file system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    status: int = renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE)
    return status == 0


def put_in_place(
    new: Path, target: Path, *, exchanged: Callable[[Path, Path], bool] = exchange
) -> None:
    """Make ``new`` stand at ``target``; what stood there is removed afterwards.

    On Linux the two are exchanged in one step. Where the system or the file system cannot, the
    old folder steps aside for a moment under ``new``'s name with ``.old`` behind it, and comes
    back if the second step fails.

    Raises:
        OSError: It could not be done; what stood at ``target`` still stands there.
    """
    if not target.exists():
        new.rename(target)
        return
    if exchanged(new, target):
        shutil.rmtree(new, ignore_errors=True)
        return
    aside = new.with_name(f"{new.name}.old")
    target.rename(aside)
    try:
        new.rename(target)
    except OSError:
        aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)
