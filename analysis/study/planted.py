"""What the planted growth is in truth, from the rounds of ``truth``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.study.versions import GROWTHS

__all__ = ["true_ratios"]

_COLUMNS = ["scenario", "workload", "size", "planted", "percent", "low", "high", "rounds"]
_TRIMMED = 0.1


def true_ratios(path: Path) -> pd.DataFrame:
    """Per cent that each workload takes longer in each version, with a 95 % interval.

    The values of the rounds give a tenth trimmed mean with its winsorised error (Tukey and
    McLaughlin 1963, Sankhya A 25:331-352). ``planted`` is the per cent of units. Workloads ``all``
    is the mean over them of each round, judged alike.
    """
    if not path.exists():
        return pd.DataFrame([], columns=_COLUMNS)
    values = pd.read_csv(path)
    every = values.groupby(["round", "scenario"], as_index=False).log_ratio.mean()
    values = pd.concat([values, every.assign(workload="all", size="both")])
    rows = []
    for (scenario, workload, size), group in values.groupby(["scenario", "workload", "size"]):
        percent, low, high = _trimmed(group.log_ratio.to_numpy(dtype=np.float64))
        planted = GROWTHS.get(str(scenario), 0)
        rows.append((scenario, workload, size, planted, percent, low, high, len(group)))
    return pd.DataFrame(rows, columns=_COLUMNS)


def _trimmed(values: np.ndarray) -> tuple[float, float, float]:
    """Estimate and ends, in per cent; infinite ends with fewer than three rounds."""
    ordered = np.sort(values)
    cut = int(_TRIMMED * len(ordered))
    kept = ordered[cut : len(ordered) - cut]
    centre = float(kept.mean())
    if len(kept) < 3:
        return 100 * np.expm1(centre), -np.inf, np.inf
    squares = float(np.var(np.clip(ordered, kept[0], kept[-1]))) * len(ordered)
    error = np.sqrt(squares / (len(kept) * (len(kept) - 1)))
    reach = -float(stdtrit(len(kept) - 1, 0.025)) * error
    ends = 100 * np.expm1([centre, centre - reach, centre + reach])
    return float(ends[0]), float(ends[1]), float(ends[2])
