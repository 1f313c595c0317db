"""Files: a session while it is measured, baselines by machine, and raw values as a table."""

from perfproof.store.baselines import (
    Baseline,
    current_baseline,
    list_baselines,
    load_baseline,
    promote_baseline,
    prune_baselines,
    save_baseline,
)
from perfproof.store.frame import load
from perfproof.store.journal import Journal, read_session

__all__ = [
    "Baseline",
    "Journal",
    "current_baseline",
    "list_baselines",
    "load",
    "load_baseline",
    "promote_baseline",
    "prune_baselines",
    "read_session",
    "save_baseline",
]
