"""When requests are due: drawn before the first is sent, so that no reply can move them."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from perfproof.errors import UseError

__all__ = ["MOST_REQUESTS", "arrival_ns"]

MOST_REQUESTS = 2_000_000
"""Of one run; each costs the driver 25 bytes and some time afterwards."""


def arrival_ns(
    rate: float, seconds: float, *, kind: Literal["poisson", "constant"], seed: int
) -> npt.NDArray[np.int64]:
    """Intended starts of all requests, nanoseconds from the beginning, growing.

    Poisson arrivals are those of many users who know nothing of each other, and their number is
    the expected one, rate times seconds: given their number they are independent and uniform, so
    they are drawn as that (Kingman 1993, Poisson Processes, section 2.4).

    Args:
        rate: Requests a second.
        seconds: Length of the run.
        kind: ``poisson``, or ``constant`` for equal distances.
        seed: Where chance comes from.

    Raises:
        UseError: No request at all, or more than ``MOST_REQUESTS``.
    """
    count = round(rate * seconds)
    if not 1 <= count <= MOST_REQUESTS:
        raise UseError(
            f"{rate:g} requests a second for {seconds:g} s are {count} requests",
            remedy=f"choose a rate and a duration that make 1 to {MOST_REQUESTS:,}",
        )
    if kind == "constant":
        drawn = np.arange(count) / rate
    else:
        drawn = np.sort(np.random.default_rng(seed).random(count)) * seconds
    return (drawn * 1e9).astype(np.int64)
