"""The PostgreSQL of the tests: real, its own, and gone afterwards whatever happens to who asked."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.servers import Unavailable, postgres_template
from benchmarks.servers.postgres import VARIABLE, PostgresServer, postgres_server
from benchmarks.servers.postgres_template import WHEEL
from tests.benchmarks.commands import ROOT

PATIENCE_SECONDS = 30.0

PARENT = """
import sys
from benchmarks.servers.postgres import postgres_server
with postgres_server() as server:
    pid = (server.folder / "data/postmaster.pid").read_text().split()[0]
    print(server.folder, pid, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture(autouse=True)
def own_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    try:
        with postgres_server() as server:
            yield server
    except Unavailable as missing:
        pytest.skip(str(missing))


def comes_true(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_database_is_new_and_its_owner_is_no_superuser(server: PostgresServer) -> None:
    urls = [server.create_database() for _ in range(2)]
    assert len(set(urls)) == 2
    found = server.execute(
        "SELECT rolname, rolsuper FROM pg_roles JOIN pg_database ON datdba = pg_roles.oid "
        "WHERE datname LIKE 'perfproof%'"
    )
    assert [tuple(row) for row in found] == [("backend", False)] * 2
    server.drop_database(urls[0])
    left = server.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'perfproof%'")
    assert left[0][0] == 1


@pytest.mark.parametrize("mode", ["fast", "immediate", "kill"])
def test_a_server_that_is_stopped_starts_again_with_what_it_held(
    server: PostgresServer, mode: str
) -> None:
    server.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    server.stop(mode)
    with pytest.raises(OSError):  # noqa: PT011 - whatever a socket says that nobody serves
        server.execute("SELECT 1")
    server.start()
    assert server.execute("SELECT seven FROM kept")[0][0] == 7


def test_it_does_not_run_as_root_and_only_we_can_enter_its_folder(server: PostgresServer) -> None:
    folder: Path = server.folder  # type: ignore[attr-defined]
    pid = int((folder / "data/postmaster.pid").read_text().split()[0])
    assert Path(f"/proc/{pid}").stat().st_uid != 0
    assert folder.stat().st_mode & 0o077 == 0
    assert server.execute("SHOW listen_addresses") == [("",)]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, None])
def test_it_is_gone_with_whoever_asked_for_it(end: signal.Signals | None) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        words = parent.stdout.readline().split()
        if not words:
            assert parent.stderr is not None
            said = parent.stderr.read()
            assert "Unavailable" in said
            pytest.skip(said.splitlines()[-1])
        folder, pid = Path(words[0]), int(words[1])
        assert folder.exists()
        assert runs(pid)
        if end is None:
            parent.communicate("\n", timeout=PATIENCE_SECONDS)
        else:
            os.killpg(parent.pid, end)
            parent.communicate(timeout=PATIENCE_SECONDS)
    assert comes_true(lambda: not runs(pid))
    assert comes_true(lambda: not folder.exists())


def test_it_is_gone_when_its_keeper_is_killed(server: PostgresServer) -> None:
    pid = int((server.folder / "data/postmaster.pid").read_text().split()[0])  # type: ignore[attr-defined]
    keeper: subprocess.Popen[str] = server._keeper  # type: ignore[attr-defined]
    keeper.kill()
    assert comes_true(lambda: not runs(pid))
    with pytest.raises(Unavailable, match="keeper of PostgreSQL is gone"):
        server.stop()
    shutil.rmtree(server.folder)  # type: ignore[attr-defined]


def test_a_template_is_made_once_and_whole(
    server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = []
    for _ in range(2):
        with postgres_server() as other:
            assert other.execute("SELECT 1") == [(1,)]
        made.append([(path.name, path.stat().st_ino) for path in tmp_path.glob("*/*")])
    assert made[0] == made[1]
    assert len(made[0]) == 1
    version = str(server.execute("SHOW server_version")[0][0]).split()[0]
    assert made[0][0][0].startswith(f"postgresql-{version}-")


def test_without_a_cache_it_starts_all_the_same(
    server: PostgresServer,  # noqa: ARG001 - it can be had here
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "perfproof").write_text("a file where the folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with postgres_server() as other:
        assert other.execute("SELECT 1") == [(1,)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as somebody else")
def test_binaries_that_nobody_can_enter_are_copied(
    server: PostgresServer,  # noqa: ARG001 - it can be had here
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = find_spec(WHEEL)
    assert spec is not None
    assert spec.origin is not None
    tmp_path.chmod(0o700)
    installed = Path(spec.origin).parent
    for folder in (installed, installed.with_name(f"{WHEEL}.libs")):
        if folder.exists():
            shutil.copytree(folder, tmp_path / folder.name)
    monkeypatch.syspath_prepend(tmp_path)
    with postgres_server() as other:
        assert other.execute("SELECT 1") == [(1,)]
        assert (other.folder / WHEEL).exists()  # type: ignore[attr-defined]


def test_without_the_wheel_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_template, "WHEEL", "no_such_wheel")
    with (
        pytest.raises(Unavailable, match="comes with the wheel no_such_wheel"),
        postgres_server(),
    ):
        pass


def test_a_configuration_it_does_not_take_is_told(
    server: PostgresServer,  # noqa: ARG001 - it can be had here
) -> None:
    with (
        pytest.raises(Unavailable, match=r"did not start.*max_connections"),
        postgres_server({"max_connections": "many"}),
    ):
        pass


def test_another_server_can_be_named(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, server.admin_url)
    with postgres_server() as named:
        url = named.create_database()
        assert url.startswith("postgresql://postgres@")
        named.drop_database(url)
        for act in (named.stop, named.start):
            with pytest.raises(Unavailable, match="not ours"):
                act()
    assert server.execute("SELECT 1") == [(1,)]
