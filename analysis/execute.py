"""Execute the notebooks in place: ``python analysis/execute.py [NOTEBOOK ...]``."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parent


def executed(path: Path, *, timeout_seconds: int = 300) -> nbformat.NotebookNode:
    """The notebook with fresh outputs.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell raised.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=timeout_seconds,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        # The times of execution would make every run a difference in version control.
        record_timing=False,
    )
    client.execute()
    return notebook


def main(names: list[str]) -> int:
    """Execute the named notebooks, or all of the folder, and keep their outputs."""
    for path in [Path(name) for name in names] or sorted(FOLDER.glob("*.ipynb")):
        nbformat.write(executed(path), path)
        print(f"executed {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
