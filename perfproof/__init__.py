"""perfproof: did this commit make us slower, leakier or less reliable, and how sure is that?

The command line is the way in (``perfproof --help``). From Python, :func:`load` gives stored
sessions as a tidy pandas DataFrame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfproof.store.frame import load

__all__ = ["__version__", "load"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    # Imported on first use: `perfproof --help` must not wait for numpy and pandas.
    if name == "load":
        from perfproof.store.frame import load

        return load
    raise AttributeError(f"module 'perfproof' has no attribute {name!r}")
