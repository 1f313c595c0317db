"""The driver: a process of its own that asks at the intended times, whatever comes back.

``python -m perfproof.measure.load.driver`` reads a ``Job`` a line from its input, puts each load
on, and answers with a ``Report``, a line too, until its input ends. Nothing but the loop of one
thread works here while requests are due; so how late it sends is also how late it can see a reply,
and is kept for every request.
"""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import sys
import time
from collections.abc import Collection, Coroutine
from time import perf_counter_ns
from typing import Any

import msgspec
import numpy as np

from perfproof.errors import PerfproofError, UseError
from perfproof.measure.berths import usable_cores
from perfproof.measure.ending import end_with_the_controller
from perfproof.measure.load.arrivals import arrival_ns
from perfproof.measure.load.cores import stay_on
from perfproof.measure.load.endpoint import Asking, Endpoint
from perfproof.measure.load.ledger import Ledger
from perfproof.measure.load.pacing import Pacer, pace_closed
from perfproof.measure.load.scenario import Scenario
from perfproof.measure.machine import Machine, steal_share
from perfproof.record.load import LoadRun, Offered

__all__ = ["Job", "Report", "put_on"]

# Between opening the connections and the first request.
_LEAD_SECONDS = 0.05
_DRAIN_STEP_SECONDS = 0.002


class Job(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the driver is told.

    Attributes:
        scenario: What is asked.
        offered: The load.
        warmup_seconds: The same load before; 0 for none.
        values: Value of ``{port}`` and ``{checkout}``.
        tokens: One a connection.
        cores: That the driver stays on; any where empty.
    """

    scenario: Scenario
    offered: Offered
    warmup_seconds: float = 0.0
    values: dict[str, str] = {}
    tokens: tuple[str, ...] = ()
    cores: tuple[int, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the driver answers: the run, or why there is none.

    Attributes:
        run: What was seen.
        refusal: What the user can mend, with where and remedy.
    """

    run: LoadRun | None = None
    refusal: tuple[str, str | None, str | None] | None = None


async def put_on(job: Job) -> LoadRun:
    """Put the load of a job on its endpoint.

    Raises:
        UseError: The endpoint cannot be reached, or the load cannot be meant.
    """
    from perfproof.measure.load.recording import Circumstances, recorded

    offered = job.offered
    if job.warmup_seconds > 0:
        short = msgspec.structs.replace(
            offered, seconds=job.warmup_seconds, seed=offered.seed ^ 0x5EED
        )
        if round(short.rate * short.seconds) >= 1:
            await _loaded(job, short)
    machine = Machine()
    before, cpu, begun = machine.cpu_times(), time.process_time(), time.perf_counter()
    ledger = await _loaded(job, offered)
    circumstances = Circumstances(
        elapsed_seconds=time.perf_counter() - begun,
        driver_cpu_seconds=time.process_time() - cpu,
        steal_share=steal_share(before, machine.cpu_times()),
    )
    return recorded(ledger, offered, circumstances)


async def _loaded(job: Job, offered: Offered) -> Ledger:
    due = arrival_ns(offered.rate, offered.seconds, kind=offered.arrivals, seed=offered.seed)
    asking = Asking(
        scenario=job.scenario, values=job.values, tokens=job.tokens, run=secrets.token_hex(4)
    )
    ledger = Ledger(np.zeros(len(due), dtype=np.int64))
    pacer = Pacer()
    endpoint = _endpoint(asking, ledger, pacer)
    await endpoint.open()
    gc.collect()
    # A collection would make requests late; a run is bounded, and so is what it leaves.
    gc.disable()
    try:
        ledger.due_ns = due + perf_counter_ns() + int(_LEAD_SECONDS * 1e9)
        if offered.loop == "open":
            await pacer.pace(ledger.due_ns.tolist(), endpoint.ask, awake=job.scenario.awake)
        else:
            await pace_closed(
                ledger,
                endpoint.ask,
                connections=offered.connections,
                patience=offered.timeout_seconds,
            )
        await _drain(ledger, endpoint, offered.timeout_seconds)
        ledger.missing = endpoint.missing()
    finally:
        gc.enable()
        ledger.close()
        await endpoint.close()
    return ledger


def _endpoint(asking: Asking, ledger: Ledger, pacer: Pacer) -> Endpoint:
    if asking.scenario.websocket:
        from perfproof.measure.load.websocket_endpoint import WebSocketEndpoint

        return WebSocketEndpoint(asking, ledger, pacer)
    from perfproof.measure.load.http_endpoint import HttpEndpoint

    return HttpEndpoint(asking, ledger, pacer)


async def _drain(ledger: Ledger, endpoint: Endpoint, timeout_seconds: float) -> None:
    deadline = time.monotonic() + timeout_seconds
    while (ledger.open or endpoint.missing()) and time.monotonic() < deadline:
        await asyncio.sleep(_DRAIN_STEP_SECONDS)


def _run(main: Coroutine[Any, Any, LoadRun]) -> LoadRun:
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)


def _answered(job: Job, every_core: Collection[int]) -> Report:
    try:
        stay_on(job.cores or every_core)
        return Report(run=_run(put_on(job)))
    except UseError as exc:
        return Report(refusal=(exc.what, exc.where, exc.remedy))


def _main() -> int:
    end_with_the_controller()
    every_core = usable_cores()
    output = os.fdopen(os.dup(1), "wb")
    # Nothing that a library prints may get into the reports.
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        try:
            report = _answered(msgspec.json.decode(line, type=Job), every_core)
        except PerfproofError as exc:
            print(exc, file=sys.stderr)
            return 1
        output.write(msgspec.json.encode(report) + b"\n")
        output.flush()
    return 0


if __name__ == "__main__":
    sys.exit(_main())
