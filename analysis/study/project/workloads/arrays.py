"""numpy."""

from collections.abc import Callable

import numpy as np

from .size import units

_COLUMNS = 16


def prepare_numpy(count: int) -> Callable[[], float]:
    """One row of sixteen numbers scaled, rooted and summed a unit."""
    rows = np.arange(units(count) * _COLUMNS, dtype=np.float64).reshape(-1, _COLUMNS)
    room = np.empty_like(rows)

    def transform() -> float:
        np.multiply(rows, 0.5, out=room)
        np.sqrt(room, out=room)
        return float(room.sum())

    return transform
