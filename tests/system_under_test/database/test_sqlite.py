"""SQLite on real files, held, damaged, full and shared with other processes."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import system_under_test
from system_under_test.database.engine import DatabaseOptions
from system_under_test.database.errors import (
    CorruptDatabaseError,
    DatabaseBusyError,
    TransactionError,
)
from system_under_test.database.manager import create_database_manager
from tests.system_under_test.database.stories import THREAD, USER, fill, opened, run

ROOT = Path(system_under_test.__file__).parents[1]
SHORT = DatabaseOptions(lock_seconds=0.05)

HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
connection.close()
print("free", flush=True)
sys.stdin.readline()
"""


class Holder:
    """Another process that has the file locked for writing."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._hear("held")

    def let_go(self) -> None:
        assert self._process.stdin is not None
        print(file=self._process.stdin, flush=True)
        self._hear("free")

    def _hear(self, word: str) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == word


@contextmanager
def held(path: Path) -> Iterator[Holder]:
    with subprocess.Popen(
        [sys.executable, "-S", "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Holder(process)
        finally:
            process.kill()


def test_a_file_that_another_process_holds_is_busy_and_waiting_helps(tmp_path: Path) -> None:
    path = tmp_path / "file.sqlite3"
    url = f"sqlite:///{path}"

    async def story() -> None:
        async with opened(url, SHORT) as hasty, opened(url) as patient:
            with held(path) as holder:
                with pytest.raises(DatabaseBusyError) as caught:
                    await fill(hasty)
                assert (caught.value.code, caught.value.retryable) == ("SQLITE_BUSY", True)
                assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
                await hasty.ping()  # reading is not disturbed

                waiting = asyncio.create_task(fill(patient))
                for _ in range(3):
                    await asyncio.sleep(0)
                assert not waiting.done()
                await asyncio.to_thread(holder.let_go)
                await waiting
            assert len(await patient.messages(THREAD, USER)) == 1

    run(story())


def test_the_loop_goes_on_while_the_file_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "file.sqlite3"

    async def story() -> None:
        async with opened(f"sqlite:///{path}") as manager:
            with held(path) as holder:
                waiting = asyncio.create_task(fill(manager))
                turns = 0
                while turns < 100:
                    await asyncio.sleep(0)
                    turns += 1
                    assert not waiting.done()
                await asyncio.to_thread(holder.let_go)
                await waiting

    run(story())


WRITER = """
import asyncio, sys
from benchmarks.records import store
from system_under_test.database.manager import create_database_manager

async def main():
    manager = await create_database_manager(sys.argv[1])
    for number in range(40):
        async with manager.transaction() as transaction:
            await store(transaction, f"{sys.argv[2]}-{number}")
    await manager.close()

asyncio.run(main())
"""


def test_two_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'file.sqlite3'}"
    command = [sys.executable, "-c", WRITER, url]
    writers = [
        subprocess.Popen([*command, name], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for name in ("a", "b")
    ]
    for writer in writers:
        _, said = writer.communicate(timeout=60)
        assert writer.returncode == 0, said
    with closing(sqlite3.connect(tmp_path / "file.sqlite3")) as connection:
        counts = [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("threads", "messages", "runs")
        ]
    assert counts == [80, 80, 240]


def test_who_waits_too_long_for_the_turn_of_our_own_is_told_busy(sqlite_url: str) -> None:
    async def story() -> None:
        async with opened(sqlite_url, SHORT) as manager:
            async with manager.transaction():
                with pytest.raises(DatabaseBusyError):
                    await fill(manager)
            await fill(manager)

    run(story())


def test_a_cancelled_wait_leaves_the_turn_to_the_next(sqlite_url: str) -> None:
    async def story() -> None:
        async with opened(sqlite_url) as manager:
            async with manager.transaction():
                waiting = asyncio.create_task(fill(manager))
                await asyncio.sleep(0)
                waiting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await waiting
            await fill(manager)

    run(story())


FULL_DISK = """
import asyncio, resource, signal, sys
from benchmarks.records import store
from system_under_test.database.errors import StorageError
from system_under_test.database.manager import create_database_manager

async def main():
    manager = await create_database_manager(sys.argv[1])
    sent = []
    async def work(number):
        async with manager.transaction() as transaction:
            await store(transaction, f"{number}")
            transaction.queue(lambda: sent.append(number))
    await work(0)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, most))
    for number in range(1, 1_000):
        try:
            await work(number)
        except StorageError as error:
            print(type(error).__name__, error.code, error.retryable, number == len(sent))
            break
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    await work("afterwards")
    found = [len(await manager.messages(f"thread-{n}", f"user-{n}")) for n in (*sent, number)]
    print(set(found[:-1]), found[-1])
    await manager.close()

asyncio.run(main())
"""


def test_a_full_disk_is_told_and_the_next_transaction_works_when_there_is_room(
    sqlite_url: str,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, sqlite_url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    name, code, retryable, all_sent = first.split()
    assert (name, retryable, all_sent) == ("StorageError", "False", "True")
    assert code == "SQLITE_FULL" or code.startswith("SQLITE_IOERR")
    assert second == "{1} 0"


def test_a_file_that_is_damaged_within_is_told(tmp_path: Path) -> None:
    path = tmp_path / "file.sqlite3"

    async def story() -> None:
        async with opened(f"sqlite:///{path}") as manager:
            for number in range(30):
                await fill(manager, f"{number}")
        content = bytearray(path.read_bytes())
        assert len(content) > 5 * 4096
        content[4096:] = b"\xff" * (len(content) - 4096)
        path.write_bytes(content)
        with pytest.raises(CorruptDatabaseError) as caught:
            async with opened(f"sqlite:///{path}") as manager:
                await fill(manager)
        assert caught.value.retryable is False

    run(story())


def test_a_path_may_hold_any_character(tmp_path: Path) -> None:
    from urllib.parse import quote

    folder = tmp_path / "a #?% folder"
    folder.mkdir()
    path = folder / "file 100%.sqlite3"
    run(fill_one(f"sqlite:///{quote(str(path))}"))
    assert path.exists()


async def fill_one(url: str) -> None:
    async with opened(url) as manager:
        await fill(manager)


def test_a_relative_path_is_relative_to_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run(fill_one("sqlite:///here.sqlite3"))
    assert (tmp_path / "here.sqlite3").exists()


def test_a_database_that_cannot_be_opened_leaves_nothing_open(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(TransactionError):
        run(create_database_manager(f"sqlite:///{tmp_path / 'folder'}"))


def test_closing_waits_for_the_transaction_that_is_open(sqlite_url: str) -> None:
    async def story() -> None:
        manager = await create_database_manager(sqlite_url)
        async with manager.transaction() as transaction:
            closing_it = asyncio.create_task(manager.close())
            await asyncio.sleep(0)
            await transaction.add_thread(THREAD, USER)
        await closing_it

    run(story())
