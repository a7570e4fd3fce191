import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from amc.db import copying, migrate
from amc.db.engine import Database, make_engine
from amc.db.models import Base, FleetRun, KeyValue
from amc.db.types import UtcDateTime
from amc.errors import DatabaseError
from tests.conftest import NOW, open_test_database


def test_a_new_database_gets_every_table_once(database: Database) -> None:
    tables = set(inspect(database.engine).get_table_names())
    assert set(Base.metadata.tables) <= tables
    assert migrate.upgrade(database, now=NOW) is False
    assert migrate.current(database) == migrate.HEAD


def test_the_known_head_is_the_newest_migration() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.HEAD


def test_models_and_migrations_agree(database: Database) -> None:
    found = inspect(database.engine)
    for table in Base.metadata.sorted_tables:
        columns = {c["name"]: c["nullable"] for c in found.get_columns(table.name)}
        assert columns == {c.name: bool(c.nullable) for c in table.columns}, table.name


def test_migrations_go_down_and_up_again(database: Database) -> None:
    migrate.downgrade(database, "base")
    assert "executions" not in inspect(database.engine).get_table_names()
    assert migrate.upgrade(database, now=NOW) is True
    assert "executions" in inspect(database.engine).get_table_names()


def test_a_database_of_a_newer_program_is_refused_untouched(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer version"):
        migrate.upgrade(database, now=NOW)


def test_instants_come_back_aware_and_equal(database: Database) -> None:
    with database.write() as session:
        session.add(
            FleetRun(
                public_id="fr_1", title="x", kind="interactive", created_by="a", created_at=NOW
            )
        )
    with database.read() as session:
        assert session.get_one(FleetRun, 1).created_at == NOW


def test_a_naive_datetime_is_refused() -> None:
    from sqlalchemy.dialects import sqlite

    with pytest.raises(ValueError, match="naive"):
        UtcDateTime().process_bind_param(NOW.replace(tzinfo=None), sqlite.dialect())


def test_an_error_rolls_the_whole_transaction_back(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        session.add(KeyValue(key="a", value=b"1"))
        session.flush()
        raise RuntimeError
    with database.read() as session:
        assert session.get(KeyValue, "a") is None


def test_everything_is_copied_to_another_server(tmp_path: Path, postgres_url: str) -> None:
    source = open_test_database(f"sqlite:///{tmp_path / 'amc.db'}")
    with source.write() as session:
        session.add(KeyValue(key="a", value=b"1"))
        session.add(
            FleetRun(
                public_id="fr_1", title="x", kind="interactive", created_by="a", created_at=NOW
            )
        )
    target = open_test_database(postgres_url)
    counts = copying.copy(source, target)
    assert (counts["key_values"], counts["fleet_runs"]) == (1, 1)
    with target.write() as session:
        # The next key follows the copied ones.
        row = FleetRun(
            public_id="fr_2", title="y", kind="interactive", created_by="a", created_at=NOW
        )
        session.add(row)
        session.flush()
        assert row.id == 2
    with pytest.raises(DatabaseError, match="has rows"):
        copying.copy(source, target)
    source.close()
    target.close()


def test_the_file_can_be_read_by_nobody_else(tmp_path: Path) -> None:
    database = open_test_database(f"sqlite:///{tmp_path / 'd' / 'amc.db'}")
    database.close()
    assert (tmp_path / "d" / "amc.db").stat().st_mode & 0o077 == 0
    with sqlite3.connect(tmp_path / "d" / "amc.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_wrong_url_is_one_clear_sentence() -> None:
    with pytest.raises(DatabaseError, match="DATABASE_URL"):
        make_engine("nonsense://")


def test_an_unreachable_server_is_one_clear_sentence() -> None:
    database = Database(make_engine("postgresql+psycopg2://u:secret-word@127.0.0.1:1/x"))
    with pytest.raises(DatabaseError) as caught:
        database.ping()
    assert "secret-word" not in str(caught.value)
    database.close()
