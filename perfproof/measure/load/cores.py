"""Which cores the driver has and which the server: neither is to wait for the other's core."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass

from perfproof.measure.berths import usable_cores
from perfproof.measure.load.scenario import Scenario

__all__ = ["Cores", "cores_of", "stay_on"]


@dataclass(frozen=True, slots=True)
class Cores:
    """Numbers of cores; empty leaves it to the system.

    Attributes:
        driver: What the driver runs on.
        server: What a server that the scenario starts runs on.
    """

    driver: tuple[int, ...] = ()
    server: tuple[int, ...] = ()


def cores_of(scenario: Scenario) -> Cores:
    """The last core for the driver, all others for the server, if it is ours to start.

    Where they share cores, a driver that just ran for a while waits milliseconds for the server's
    threads, and the other way round: then each is slow by the other's doing, above all at the
    rates where the knee is.
    """
    usable = usable_cores()
    if not scenario.apart or not scenario.start or len(usable) < 2:
        return Cores()
    return Cores(driver=usable[-1:], server=usable[:-1])


def stay_on(cores: Collection[int]) -> None:
    """Keep this process, and what it starts from now on, on these cores; on any where empty."""
    if cores:
        os.sched_setaffinity(0, cores)
