"""Real databases: one PostgreSQL a pytest worker, a fresh database and a fresh file a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.database_faults import Scene
from benchmarks.servers import Unavailable
from benchmarks.servers.postgres import PostgresServer, postgres_server
from system_under_test.protocol import load_system


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    try:
        with postgres_server() as server:
            yield server
    except Unavailable as missing:
        pytest.skip(str(missing))


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'file.sqlite3'}"


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def url(request: pytest.FixtureRequest) -> str:
    """A new database on each engine."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def scene(postgres: PostgresServer, postgres_url: str, tmp_path: Path) -> Scene:
    system = load_system("system_under_test.reference", ["identity", "database"])
    return Scene(system, postgres, postgres_url, tmp_path)
