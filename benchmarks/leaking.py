"""Does a real server keep anything of a conversation? `python -m benchmarks.leaking`.

A server in a process of its own, and conversations along the golden path over real sockets. Its
descriptors, sockets and threads are counted from outside after growing rounds, when all clients
have gone; the rule is that of `perfproof leaks`. What lives in its memory it tells itself, after a
collection, at equal steps (`benchmarks.servers.telling`): how fast that grows over the later half
is held against a bound, and is free only when the whole interval is under it. The last line is the
report as one JSON object. The exit status is 1 for a leak, 2 when there was no server.
"""

import argparse
import json
import socket
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.choice import VARIABLE, default_system
from benchmarks.servers import telling
from benchmarks.servers.backend import Backend, BackendFailedError, BackendOptions
from benchmarks.servers.holding import held_by
from perfproof.judge.leak_bound import growth_rate, hold_against, later_over_earlier
from perfproof.judge.leaks import judge_survey
from perfproof.record import Interval, Kept, LeakReport, LeakResult, LeakVerdict, Series, Survey
from perfproof.report.leaks import leak_sentence, result_line

BOUND_BYTES: Final = 4.0
"""What a server may keep of a conversation: a gigabyte is full after 250 million of them."""

ROUNDS: Final = 10
_STEPS: Final = ROUNDS * (ROUNDS + 1) // 2
_CROWD: Final = 50
# Away users (10,000), ended executions (1,000) and pages of the database are remembered up to a
# bound, which is reached first.
_WARM_SHARE: Final = 0.1
FEWEST_WARM: Final = 12_000
_QUIET_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.1
_TELL_SECONDS: Final = 30.0
# A connection that has gone is held by its timer for so long, two seconds by default: what lives
# then follows the rate of the conversations. A look that counts waits until the timers are over.
_CLOSE_SECONDS: Final = 0.5
_TIMERS_SECONDS: Final = 0.6


@dataclass(frozen=True, slots=True)
class Watched:
    """One server, looked at from outside and from inside.

    Attributes:
        backend: Its process.
        teller: Unix socket at which it tells what lives in its memory.
    """

    backend: Backend
    teller: Path


@dataclass(frozen=True, slots=True)
class Looks:
    """What the server held.

    Attributes:
        survey: Things of the operating system, and pages, after each round.
        steps: Conversations before each look into its memory.
        blocks: Blocks that lived at each look; one more than steps.
        sizes: Bytes that lived at each look.
        troubles: What went wrong in conversations.
    """

    survey: Survey
    steps: tuple[int, ...]
    blocks: tuple[int, ...]
    sizes: tuple[int, ...]
    troubles: tuple[str, ...]


def main(words: list[str]) -> int:
    """Return the exit status."""
    options = _parser().parse_args(words)
    if find_spec("picows") is None:
        reason = "picows, the client's WebSocket library, is not installed"
        print(msgspec.json.encode(LeakReport(skipped=reason)).decode())
        return 0
    with tempfile.TemporaryDirectory(prefix="leaking-") as folder:
        teller = Path(folder) / "memory"
        served = BackendOptions(
            system=telling.__name__,
            variables={
                VARIABLE: options.system,
                telling.VARIABLE: str(teller),
                "BACKEND_CLOSE_SECONDS": str(_CLOSE_SECONDS),
            },
        )
        try:
            with Backend(served) as backend:
                looks = look_at_server(
                    Watched(backend, teller), options.conversations, options.warm
                )
        except BackendFailedError as exc:
            print(exc, file=sys.stderr)
            return 2
    result = judged(looks, warm=options.warm, bound=options.bound)
    size = growth_rate(looks.sizes, looks.steps)
    print(result_line(result).plain)
    for leak in result.leaks:
        print(f"  {leak_sentence(leak)}")
    print(_figures(looks, size, options.bound))
    print(msgspec.json.encode(LeakReport(results=(result,), troubles=looks.troubles)).decode())
    return 1 if result.verdict is LeakVerdict.LEAK or looks.troubles else 0


def judged(looks: Looks, *, warm: int = FEWEST_WARM, bound: float = BOUND_BYTES) -> LeakResult:
    """The verdict; memory counts only after what the server remembers up to a bound is full.

    Args:
        looks: What was held.
        warm: Conversations after which that is so.
        bound: Bytes of a conversation that may be kept.
    """
    survey = looks.survey
    things = tuple(each for each in survey.series if each.kept != "native")
    result = judge_survey(msgspec.structs.replace(survey, series=things))
    memory = hold_against(
        growth_rate(looks.sizes, looks.steps),
        growth_rate(looks.blocks, looks.steps),
        bound=bound,
        steadiness=later_over_earlier(looks.sizes, looks.steps),
    )
    leaks = (*result.leaks, *([] if memory is None else [memory]))
    reason = None
    if survey.before < warm:
        leaks = result.leaks
        reason = f"memory is only judged after {warm:,} conversations of warm-up"
    verdicts = {each.verdict for each in leaks}
    worst = LeakVerdict.FREE if reason is None else LeakVerdict.UNDECIDED
    if LeakVerdict.LEAK in verdicts:
        worst, reason = LeakVerdict.LEAK, None
    elif LeakVerdict.UNDECIDED in verdicts:
        worst = LeakVerdict.UNDECIDED
    # An object kept now and then is under the bound, so no such figure is claimed.
    return msgspec.structs.replace(
        result, verdict=worst, leaks=leaks, reason=reason, visible_every=None
    )


def look_at_server(watched: Watched, conversations: int, warm: int = FEWEST_WARM) -> Looks:
    """Hold so many conversations; what the server held, and what went wrong."""
    backend, troubles = watched.backend, list[str]()
    first = min(max(warm, round(conversations * _WARM_SHARE)), conversations // 2)
    step = max(1, (conversations - first) // _STEPS)
    before = _converse(backend, first, troubles)
    idle = held_by(backend.pid)
    marks, alive = [idle], [_living(watched)]
    steps, operations = list[int](), list[int]()
    begun = time.monotonic()
    for number in range(1, ROUNDS + 1):
        held = idle
        for _ in range(number):
            steps.append(_converse(backend, step, troubles))
            held = _quiet(backend.pid, idle)
            if len(steps) >= _STEPS // 2:
                time.sleep(_TIMERS_SECONDS)
            alive.append(_living(watched))
        operations.append(sum(steps[-number:]))
        marks.append(held)
    survey = Survey(
        benchmark="golden path, a conversation",
        operations=tuple(operations),
        before=before,
        series=tuple(_series(kept, marks) for kept in idle),
        seconds=time.monotonic() - begun,
    )
    return Looks(
        survey=survey,
        steps=tuple(steps),
        blocks=tuple(blocks for blocks, _ in alive),
        sizes=tuple(size for _, size in alive),
        troubles=tuple(troubles[:10]),
    )


def _figures(looks: Looks, size: Interval, bound: float) -> str:
    """What lay behind the verdict, in lines."""
    ends = "" if size.low is None else f" [{size.low:.3g}, {size.high:.3g}]"
    lines = [
        f"living memory: {size.estimate:.3g}{ends} bytes a conversation over the last {size.n} of"
        f" {len(looks.steps)} looks ({sum(looks.steps[-size.n :]):,} conversations); the bound is"
        f" {bound:g}",
        f"living bytes: {_listed(looks.sizes)}",
        f"living blocks: {_listed(looks.blocks)}",
    ]
    lines += [f"{each.kept}: {_listed(each.counts)}" for each in looks.survey.series]
    return "\n".join(lines)


def _listed(counts: tuple[int, ...]) -> str:
    return ", ".join(f"{count:,}" for count in counts)


def _living(watched: Watched) -> tuple[int, int]:
    """Blocks and bytes that live in the server.

    Raises:
        BackendFailedError: It does not tell.
    """
    try:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(_TELL_SECONDS)
            asking.connect(str(watched.teller))
            told = json.loads(asking.makefile("rb").read())
    except (OSError, ValueError) as exc:
        raise BackendFailedError(f"the server does not tell what lives in it: {exc}") from exc
    if "reason" in told:
        raise BackendFailedError(told["reason"])
    return told["blocks"], told["bytes"]


def _converse(backend: Backend, conversations: int, troubles: list[str]) -> int:
    """Hold at least so many, in crowds; how many they were."""
    from benchmarks.golden.client import Door, run
    from benchmarks.golden.conversation import Deviation, judge
    from benchmarks.golden.crowd import hold_round

    door = Door(backend.url, backend.token)
    size = min(_CROWD, conversations)
    crowds = max(1, round(conversations / size))

    async def all_of_them() -> None:
        for _ in range(crowds):
            recordings = await hold_round(door, size)
            offset = time.time() - time.perf_counter()
            for recording in recordings:
                try:
                    judge(recording, offset)
                except Deviation as exc:
                    troubles.append(str(exc))

    run(all_of_them())
    return crowds * size


def _quiet(pid: int, idle: dict[Kept, int]) -> dict[Kept, int]:
    """What is held when the server has said goodbye to everybody, or does not for long."""
    until = time.monotonic() + _QUIET_SECONDS
    held = held_by(pid)
    while held["socket"] > idle["socket"] and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
        now = held_by(pid)
        if now["socket"] >= held["socket"]:
            until -= _QUIET_SECONDS / 10
        held = now
    return held


def _series(kept: Kept, marks: list[dict[Kept, int]]) -> Series:
    counts = tuple(each[kept] for each in marks)
    return Series(kept=kept, stack=(), counts=counts, sizes=counts if kept == "native" else None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.leaking",
        description="Does the server keep anything of a golden-path conversation?",
    )
    parser.add_argument(
        "--system",
        metavar="MODULE",
        default=default_system(),
        help=f"module of the system (default: {VARIABLE}, else the reference)",
    )
    parser.add_argument(
        "--warm",
        type=int,
        default=FEWEST_WARM,
        metavar="N",
        help="conversations that fill what the server remembers up to a bound (default: 12,000)",
    )
    parser.add_argument(
        "--bound",
        type=float,
        default=BOUND_BYTES,
        metavar="BYTES",
        help="what may be kept of a conversation (default: 4)",
    )
    parser.add_argument(
        "--conversations", type=int, default=100_000, metavar="N", help="in all (default: 100,000)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
