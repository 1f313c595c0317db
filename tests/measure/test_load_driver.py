"""The open-loop driver against a real server in a process of its own, with planted behaviour."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from perfproof.errors import MachineryError, UseError
from perfproof.judge.tails import quantile_seconds
from perfproof.measure.load.commands import Place, make_tokens
from perfproof.measure.load.driver import Job
from perfproof.measure.load.driving import Driver, drive
from perfproof.measure.load.scenario import Scenario
from perfproof.measure.load.serving import serving
from perfproof.record.load import LoadRun, Offered
from tests.cli.controllers import eventually

SERVER = Path(__file__).with_name("loaded_server.py")
HERE = Place(folder=Path.cwd(), variables={})
ROOT = Path(__file__).parents[2]


def scenario(*planted: str, http: bool = False, **keys: object) -> Scenario:
    table: dict[str, object] = {
        "url": "http://127.0.0.1:{port}/" if http else "ws://127.0.0.1:{port}/ws?who={connection}",
        "rate": 100.0,
        "connections": 4,
        "message": '{"id":"{id}"}',
        "answered": '"answer"',
        "refused": '"error"',
        "method": "POST",
        "timeout": "20 s",
        "start": ("{python}", str(SERVER), "{port}", *planted),
        "ready": "listening",
        # Tests share their cores: nobody is to spin.
        "awake": False,
    }
    return Scenario(**{**table, **keys})  # type: ignore[arg-type]


def load(
    scenario: Scenario, *, seconds: float = 1.0, loop: str = "open", timeout: float = 20.0
) -> LoadRun:
    with serving(scenario, HERE) as values:
        offered = Offered(
            rate=scenario.rate,
            seconds=seconds,
            connections=scenario.connections,
            arrivals=scenario.arrivals,
            loop=loop,  # type: ignore[arg-type]
            seed=1,
            timeout_seconds=timeout,
        )
        tokens = make_tokens(scenario, HERE, values)
        return drive(Job(scenario=scenario, offered=offered, values=values, tokens=tokens))


@pytest.mark.parametrize("http", [False, True])
@pytest.mark.parametrize("arrivals", ["poisson", "constant"])
def test_every_request_is_answered_and_counted_once(http: bool, arrivals: str) -> None:
    seen = load(scenario(http=http, arrivals=arrivals), seconds=0.5)
    assert (seen.requests, seen.answered, seen.failures, seen.astray) == (50, 50, 0, 0)
    assert sum(each.total for each in seen.slices) == seen.lateness.total == 50
    assert seen.example is None


def test_a_stall_is_charged_in_full_where_a_closed_loop_hides_it() -> None:
    """Still for 0.6 s in every 2 s, and by arithmetic: who comes at a random time waits with
    chance 0.3, then uniformly up to 0.6 s; so 90 % wait at most 0.6 - 0.1 * 2 = 0.4 s, and 80 %
    at most 0.6 - 0.2 * 2 = 0.2 s. A busy machine can only add to that. A closed loop asks once in
    each stall, some few in hundreds, and calls 90 % quick.
    """
    stalling = scenario("--stall", "0.6", "--every", "2", connections=1, rate=150.0)
    opened = load(stalling, seconds=4.0)
    closed = load(stalling, seconds=4.0, loop="closed")
    assert opened.answered == opened.requests == closed.requests == 600
    for quantile, seconds in ((0.8, 0.2), (0.9, 0.4)):
        assert seconds - 0.07 <= quantile_seconds(opened.slices, quantile) < seconds + 0.5
    assert quantile_seconds(opened.slices, 0.9) > 4 * quantile_seconds(closed.slices, 0.9)


def test_a_constant_delay_reads_as_that() -> None:
    seen = load(scenario("--delay", "0.2"), seconds=0.5)
    assert 0.2 <= quantile_seconds(seen.slices, 0.01) < 5.0


@pytest.mark.parametrize("http", [False, True])
def test_refusals_are_counted_with_the_first_one_quoted(http: bool) -> None:
    seen = load(scenario("--refuse-every", "5", http=http), seconds=0.5)
    assert (seen.answered, seen.refused) == (40, 10)
    assert seen.example is not None
    assert ("503" if http else "busy") in seen.example
    # Who was refused got nothing in the whole timeout.
    assert quantile_seconds(seen.slices, 0.99) == pytest.approx(20.0, rel=0.01)


@pytest.mark.parametrize("http", [False, True])
def test_a_reply_that_never_comes_counts_with_the_timeout(http: bool) -> None:
    mute = scenario("--mute-every", "10", http=http, timeout="3 s", connections=40)
    seen = load(mute, seconds=0.5, timeout=3.0)
    assert seen.late >= 5
    assert seen.answered + seen.late == 50
    assert quantile_seconds(seen.slices, 0.99) == pytest.approx(3.0, rel=0.01)


@pytest.mark.parametrize("how", ["--drop-after", "--abort-after"])
def test_a_connection_that_is_lost_loses_its_requests_and_says_how(how: str) -> None:
    seen = load(scenario(how, "10", connections=1), seconds=0.5)
    assert seen.lost > 0
    assert seen.answered + seen.lost == 50
    assert seen.example is not None
    assert "closed" in seen.example


def test_one_reply_in_a_thousand_to_another_connection_is_seen() -> None:
    # Where it should have come, it is late.
    strays = scenario("--misdeliver-every", "1000", rate=1500.0, timeout="2 s")
    seen = load(strays, seconds=1.0, timeout=2.0)
    assert (seen.requests, seen.astray, seen.late) == (1500, 1, 1)
    assert seen.example is not None
    assert seen.example.startswith('came to a wrong connection: {"type":"answer"')


OWNER = '"user":"user-{connection}."'


def test_one_event_in_a_thousand_to_another_user_is_seen_although_all_are_answered() -> None:
    events = {'"event"': 1}
    planted = ("--misdeliver-event-every", "1000")
    strays = scenario(*planted, timeout="2 s", rate=1500.0, owner=OWNER, events=events)
    seen = load(strays, seconds=1.0, timeout=2.0)
    assert (seen.answered, seen.failures, seen.astray, seen.missing) == (1500, 0, 1, 1)
    clean = load(scenario(rate=1500.0, owner=OWNER, events=events), seconds=0.3)
    assert (clean.answered, clean.misdeeds, clean.example) == (450, 0, None)


def test_one_event_in_a_thousand_that_never_comes_is_missing() -> None:
    planted = ("--lose-event-every", "1000")
    losing = scenario(*planted, timeout="2 s", rate=1500.0, events={'"event"': 1})
    seen = load(losing, timeout=2.0)
    assert (seen.answered, seen.failures, seen.astray, seen.missing) == (1500, 0, 0, 1)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"owner": '"user"'}, "owner needs some text"),
        ({"owner": "{connection}"}, "owner needs some text"),
        ({"events": {"": 1}}, "needs a text"),
        ({"events": {"a": 0}}, "count of at least 1"),
        ({"events": {"a": 1}, "http": True}, "HTTP has one reply"),
    ],
)
def test_an_account_that_cannot_be_kept_is_refused(keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        scenario(**keys)  # type: ignore[arg-type]


def test_replies_without_ids_are_taken_in_the_order_of_the_requests() -> None:
    seen = load(scenario(message='"hello"', connections=3), seconds=0.3)
    assert seen.answered == 30


def test_each_connection_has_its_own_token() -> None:
    tokens = ("{python}", "-c", "for n in range(4): print(f'secret-{n}')")
    with_tokens = scenario(
        "--token", "secret", tokens=tokens, headers={"Authorization": "Bearer {token}"}
    )
    assert load(with_tokens, seconds=0.2).answered == 20
    with pytest.raises(UseError, match=r"cannot be opened.*401"):
        load(scenario("--token", "secret"), seconds=0.2)


def test_too_few_tokens_are_refused_and_not_quoted() -> None:
    with pytest.raises(UseError, match="printed 1 tokens for 4") as caught:
        make_tokens(scenario(tokens=("{python}", "-c", "print('hush')")), HERE, {})
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("http", [False, True])
def test_a_server_that_is_not_there_is_said(http: bool) -> None:
    nowhere = scenario(http=http, start=(), url=f"{'http' if http else 'ws'}://127.0.0.1:1/")
    with pytest.raises(UseError, match=r"cannot be (reached|opened)"):
        load(nowhere)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (("{python}", "-c", "raise SystemExit('no database')"), "status 1: no database"),
        (("/no/such/program",), "cannot be started"),
        (("{python}", "-c", "import time; print('hm', flush=True); time.sleep(60)"), "not ready"),
    ],
)
def test_a_server_that_does_not_come_up_is_said(start: tuple[str, ...], said: str) -> None:
    with (
        pytest.raises(UseError, match=said),
        serving(scenario(start=start, start_timeout="2 s"), HERE),
    ):
        pytest.fail("it came up")


def test_a_server_ends_with_the_load() -> None:
    told = "import os; print('pid', os.getpid(), flush=True); "
    words = (
        sys.executable,
        "-c",
        told + "import time; print('listening', flush=True); time.sleep(600)",
    )
    with serving(scenario(start=words), HERE) as values:
        assert values["port"].isdigit()
    assert str(HERE.folder) == values["checkout"]


def test_driver_and_server_end_with_a_controller_that_is_killed() -> None:
    """The controller puts a load of ten minutes on, and is killed in the middle of it."""
    script = (
        "from tests.measure.test_load_driver import load, scenario\n"
        "load(scenario(rate=20.0), seconds=600.0)\n"
    )
    controller = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    try:
        # The server has a listening one, the driver one a connection: the load is on.
        assert eventually(lambda: min(sockets_of_driver(controller.pid), default=0) >= 4)
        children = children_of(controller.pid)
    finally:
        controller.kill()
        controller.wait()
    assert eventually(lambda: not any(Path(f"/proc/{each}").exists() for each in children), 20)


def children_of(parent: int) -> list[int]:
    found = []
    for each in Path(f"/proc/{parent}/task").iterdir():
        found += [int(child) for child in (each / "children").read_text().split()]
    return found


def sockets_of_driver(controller: int) -> list[int]:
    """Of what the controller started after its server."""
    found = []
    for process in children_of(controller)[1:]:
        with contextlib.suppress(OSError):
            links = [each.readlink().name for each in Path(f"/proc/{process}/fd").iterdir()]
            found.append(sum(each.startswith("socket:") for each in links))
    return found


def test_a_driver_that_dies_is_the_machinerys_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "no seed")
    offered = Offered(
        rate=1, seconds=1, connections=1, arrivals="poisson", seed=1, timeout_seconds=1
    )
    with pytest.raises(MachineryError, match="ended with status"):
        drive(Job(scenario=scenario(), offered=offered))


def test_variables_hold_a_secret_and_a_folder_of_this_server_and_its_tokens_know_them() -> None:
    told = "import os; print(os.environ['TOLD'], flush=True)"
    start = (*scenario().start, "--token", "{secret}")
    with_secret = scenario(
        start=start,
        tokens=("{python}", "-c", f"{told}\nfor n in range(3): print(os.environ['TOLD'])"),
        variables={"TOLD": "{secret}:{folder}"},
    )
    seen = []
    for _ in range(2):
        with serving(with_secret, HERE) as values:
            folder = Path(values["folder"])
            assert folder.is_dir()
            tokens = make_tokens(with_secret, HERE, values)
            assert tokens == (f"{values['secret']}:{folder}",) * 4
            seen.append(values["secret"])
        assert not folder.exists()
    assert seen[0] != seen[1]
    assert len(seen[0]) == 64


def test_a_secret_without_a_server_that_has_it_is_refused() -> None:
    with pytest.raises(ValueError, match="begins a server"):
        scenario(start=(), url="ws://127.0.0.1:1/", variables={"A": "{secret}"})


def test_one_driver_takes_one_job_after_the_other_also_after_a_refusal() -> None:
    offered = Offered(
        rate=50, seconds=0.2, connections=4, arrivals="poisson", seed=1, timeout_seconds=20
    )
    nowhere = scenario(start=(), url="ws://127.0.0.1:1/")
    with Driver() as driver, serving(scenario(), HERE) as values:
        good = Job(scenario=scenario(), offered=offered, values=values)
        assert driver.drive(good).answered == 10
        with pytest.raises(UseError, match="cannot be opened"):
            driver.drive(Job(scenario=nowhere, offered=offered))
        assert driver.drive(good).answered == 10
