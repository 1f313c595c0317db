"""One visit to one server: started fresh, measured, stopped."""

import os
import secrets
import time
from contextlib import ExitStack
from typing import Final

import msgspec

from benchmarks.peers.duty import SECRET_VARIABLE
from benchmarks.standing.child import Child, ChildFailed
from benchmarks.standing.systems import StandingSystem

_KIB: Final = 1024
_WARM_UP_SECONDS: Final = 0.2


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured in one visit.

    Attributes:
        clients: Connections that echo and that events are sent to, each of a user of its own.
        echo_seconds: How long they echo.
        events: Events sent to each of them.
        idle: Numbers of idle connections at which memory is read, ascending; opening the first
            ones is what accepts are measured by.
    """

    clients: int = 100
    echo_seconds: float = 1.0
    events: int = 100
    idle: tuple[int, ...] = (1_000, 5_000)


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What one visit measured.

    CPU is that of the server's process as the kernel accounts for it. Where the kernel keeps the
    time of interrupts apart (on many virtual machines), that is without the loopback's work for the
    packets, so the wall clock of a server that does nothing but send stands beside it.

    Attributes:
        echo_cpu_seconds: CPU an echo, the request's reading included.
        echoes_per_second: By the wall clock, the crowd in a process beside.
        send_cpu_seconds: CPU an event sent to one user, making and encoding it included.
        send_wall_seconds: Wall clock an event while the server does nothing but send.
        accepts_per_second: Handshakes up to the welcome, token check included, by the wall clock.
        accept_cpu_seconds: CPU a handshake.
        connection_bytes: Private memory a connection, by number of idle connections.
    """

    echo_cpu_seconds: float
    echoes_per_second: float
    send_cpu_seconds: float
    send_wall_seconds: float
    accepts_per_second: float
    accept_cpu_seconds: float
    connection_bytes: dict[int, float]


def visit(system: StandingSystem, plan: Plan) -> Figures:
    """Return what one fresh server process did.

    Raises:
        ChildFailed: Server or crowd failed, or a connection broke on the way.
    """
    cores = sorted(os.sched_getaffinity(0))
    secret = {SECRET_VARIABLE: secrets.token_hex(32)}
    with ExitStack() as stack:
        server = stack.enter_context(Child(system.module, environment=secret, core=cores[0]))
        address = server.hear()["listening"]
        words = (address["host"], str(address["port"]), system.dialect)
        crowd = stack.enter_context(
            Child("benchmarks.standing.client", *words, environment=secret, core=cores[-1])
        )
        crowd.tell(open=plan.clients)
        echo_cpu, echo_rate = _echo(server, crowd, plan)
        send_cpu, send_wall = _send(server, crowd, plan)
        crowd.tell(cut=True)
        time.sleep(0.2)  # the server notices that they are gone
        return Figures(
            echo_cpu_seconds=echo_cpu,
            echoes_per_second=echo_rate,
            send_cpu_seconds=send_cpu,
            send_wall_seconds=send_wall,
            **_idle(server, crowd, plan),  # type: ignore[arg-type]
        )


def _echo(server: Child, crowd: Child, plan: Plan) -> tuple[float, float]:
    crowd.tell(echo=_WARM_UP_SECONDS)
    before = server.cpu_seconds()
    said = crowd.tell(echo=plan.echo_seconds)
    spent = server.cpu_seconds() - before
    if said["broken"] or not said["echoes"]:
        raise ChildFailed(f"{said['broken']} of {plan.clients} connections stopped echoing")
    return spent / said["echoes"], said["echoes"] / said["seconds"]


def _send(server: Child, crowd: Child, plan: Plan) -> tuple[float, float]:
    server.tell(send=5)
    crowd.tell(count=5)
    before = server.cpu_seconds()
    said = server.tell(send=plan.events)
    crowd.tell(count=plan.events)
    spent = server.cpu_seconds() - before
    return spent / said["sent"], said["seconds"] / said["sent"]


def _idle(server: Child, crowd: Child, plan: Plan) -> dict[str, object]:
    bytes_before = server.private_bytes()
    memory: dict[int, float] = {}
    first: dict[str, object] = {}
    reached = 0
    for target in plan.idle:
        cpu_before = server.cpu_seconds()
        said = crowd.tell(open=target - reached)
        if not first:
            number = target - reached
            first = {
                "accepts_per_second": number / said["seconds"],
                "accept_cpu_seconds": (server.cpu_seconds() - cpu_before) / number,
            }
        reached = target
        memory[target] = (server.private_bytes() - bytes_before) / target
    return {**first, "connection_bytes": memory}
