"""The served backend under load that does not wait for it, as figures for the proof.

`python -m benchmarks.tails` starts a server, puts an open-loop load of echoes and one of whole
messages on it, and prints as its last line one JSON object: latencies from the intended start as
`echo_latency` and `answer_latency`, and in the count `load_requests` what became of each request.

A run in which 5 % of the requests were sent more than 10 ms late is tried again; when none was
good, status 1. Latencies hold the driver's lateness, so that of a 95 % quantile it can spoil a
tenth of a limit of 100 ms at most. The driver does not keep its CPU awake: a quarter of a
millisecond does not matter here, and a core may well be shared with the server.
"""

import json
import sys
from typing import Final

from benchmarks.choice import default_system
from benchmarks.servers.backend import Backend, BackendOptions
from perfproof.judge.tails import quantile_seconds
from perfproof.measure.load.driver import Job
from perfproof.measure.load.driving import drive
from perfproof.measure.load.scenario import Scenario
from perfproof.record.load import LoadRun, Offered

CONNECTIONS: Final = 40
_TRIES: Final = 4
_SEED: Final = 437
_LATEST_SECONDS: Final = 0.01

ECHO: Final = {
    "message": '{"type":"ping","data":"{id}"}',
    "answered": '"pong"',
    "rate": 300.0,
    "duration": "4 s",
}
ANSWER: Final = {
    "message": '{"type":"message","text":"how did sales go this week?","message_id":"{id}"}',
    "answered": '"answer"',
    "refused": '"error"',
    "owner": '"user_id":"loaded-user-{connection}"',
    "events": {'"sequence":': 15},
    "rate": 100.0,
    "duration": "6 s",
}


def measured(backend: Backend, what: dict[str, object]) -> LoadRun:
    """Put one load on; each connection is a user of its own."""
    scenario = Scenario(
        url=f"{backend.url}?token={{token}}",
        connections=CONNECTIONS,
        awake=False,
        tokens=("filled in below",),
        **what,  # type: ignore[arg-type]
    )
    job = Job(
        scenario=scenario,
        offered=Offered(
            rate=scenario.rate,
            seconds=scenario.seconds,
            connections=CONNECTIONS,
            arrivals="poisson",
            seed=_SEED,
            timeout_seconds=scenario.timeout_seconds,
        ),
        warmup_seconds=0.5,
        tokens=tuple(backend.token(f"loaded-user-{number}") for number in range(CONNECTIONS)),
    )
    for _ in range(_TRIES):
        run = drive(job)
        if quantile_seconds((run.lateness,), 0.95) <= _LATEST_SECONDS:
            return run
    raise SystemExit("the load driver was the bottleneck in every try: too busy a machine")


def latencies(run: LoadRun) -> dict[str, object]:
    """Of every request: seconds from the intended start, to the driver's three digits.

    Requests of one stretch of time suffer together, so each value carries the stretch it is of.
    """
    bins = [
        (number, upper / 1e9, count)
        for number, each in enumerate(run.slices)
        for upper, count in zip(each.upper_ns, each.counts, strict=True)
    ]
    return {
        "unit": "second",
        "values": [seconds for _, seconds, count in bins for _ in range(count)],
        "groups": [number for number, _, count in bins for _ in range(count)],
    }


def main() -> int:
    """Return the exit status."""
    with Backend(BackendOptions(system=default_system())) as backend:
        echo, answer = measured(backend, ECHO), measured(backend, ANSWER)
    failures = sum(run.failures + run.misdeeds for run in (echo, answer))
    trials = echo.requests + answer.requests
    printed = {
        "figures": {
            "echo_latency": latencies(echo),
            "answer_latency": latencies(answer),
        },
        "counts": {
            "load_requests": {
                "trials": trials,
                "failures": min(failures, trials),
                "example": echo.example or answer.example,
            }
        },
    }
    print(json.dumps(printed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
