"""Services over a fresh SQLite file, a clock that moves when told, and cheap password hashes."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import bcrypt
import pytest

from amc.clock import FrozenClock
from amc.db import migrate
from amc.db.engine import Database, make_engine
from amc.services.audit import AuditService
from amc.services.users import UsersService
from amc.settings import Settings

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSWORD = "plum-otter-lantern-42"


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    # The cost is bcrypt's own affair; one test measures it at its real value.
    monkeypatch.setattr(bcrypt, "gensalt", partial(bcrypt.gensalt, 4))


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


@pytest.fixture(scope="module")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("database") / "amc.db"
    database = Database(make_engine(f"sqlite:///{path}"))
    migrate.upgrade(database, now=START)
    database.close()
    return path


@pytest.fixture
def database(tmp_path: Path, empty_file: Path) -> Iterator[Database]:
    shutil.copy(empty_file, tmp_path / "amc.db")
    database = Database(make_engine(f"sqlite:///{tmp_path / 'amc.db'}"))
    yield database
    database.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path)


@pytest.fixture
def audit(database: Database, clock: FrozenClock) -> AuditService:
    return AuditService(database, clock)


@pytest.fixture
def users(
    database: Database, clock: FrozenClock, settings: Settings, audit: AuditService
) -> UsersService:
    users = UsersService(database, clock, settings, audit)
    users.create("test", "Root", role="admin", password=PASSWORD, chosen_by_them=True)
    users.create(
        "test",
        "Ann",
        role="analyst",
        password=PASSWORD,
        chosen_by_them=True,
        display_name="Ann Lee",
    )
    return users
