"""Keys are never used again, and references to what is gone are cleared."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from amc.db import copying, migrate
from amc.db.engine import Database, make_engine
from amc.db.models import Base, FleetRun, KeyValue, Schedule
from tests.conftest import NOW, open_test_database

AT = "2026-11-02T09:00:00.000000Z"
LATER = "2026-11-02T10:00:00.000000Z"
ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("accounts", {"id": 1, "entity_id": "ENTITY1", "name": "A", "marketplace_id": "M",
                  "region": "NA", "first_seen_at": AT, "last_seen_at": AT}),
    ("instances", {"id": 1, "instance_id": "amcone", "account_id": 1, "name": "I", "type": "S",
                   "customer_name": "", "creation_status": "", "details": "{}", "tags": "[]",
                   "brand": "", "active": 1, "favourite": 0, "access": "ok", "access_reason": "",
                   "first_seen_at": AT, "last_seen_at": AT}),
    ("schedules", {"id": 1, "public_id": "sc_1", "name": "Hourly", "cron": "0 * * * *",
                   "zone": "UTC", "window_rule": "last-7-days", "offset_s": 0, "template": "",
                   "sql": "SELECT 1", "parameters": "{}", "targets": "{}", "missed": "all",
                   "catch_up_limit_s": 1, "overlap": "skip", "enabled": 1, "broken": "",
                   "accounted_until": AT, "version": 1, "created_by": "a", "created_at": LATER,
                   "updated_at": AT}),
    ("fleet_runs", {"id": 1, "public_id": "fr_1", "title": "Of the removed one", "kind": "schedule",
                    "template": "", "created_by": "a", "created_at": AT, "schedule_id": 1}),
    ("fleet_runs", {"id": 2, "public_id": "fr_2", "title": "Its own", "kind": "schedule",
                    "template": "", "created_by": "a", "created_at": LATER, "schedule_id": 1}),
    ("fleet_runs", {"id": 3, "public_id": "fr_3", "title": "Nobody's", "kind": "schedule",
                    "template": "", "created_by": "a", "created_at": LATER, "schedule_id": 77}),
    ("slots", {"id": 1, "schedule_id": 1, "slot_at": LATER, "count": 1, "verdict": "ran",
               "reason": "", "targets": "[]", "fleet_run_id": 2, "schedule_version": 1,
               "fired_at": LATER}),
)  # fmt: skip


def execution(key: int, run: int, slot: int | None) -> dict[str, Any]:
    return {
        "id": key, "public_id": f"ex_{key}", "fleet_run_id": run, "slot_id": slot,
        "instance_id": 1, "state": "READY", "amc_status": "", "priority": 0, "author_sql": "",
        "sent_sql": "", "written_sql": "", "fingerprint": "", "template": "",
        "template_version": "", "parameters": "{}", "declarations": "[]", "parameter_values": "{}",
        "window_start": "", "window_end": "", "window_zone": "UTC", "window_rule": "",
        "synthetic": 0, "amc_workflow_id": "", "attempt": 0, "fence": 0, "stalled": 0,
        "reason": "", "created_at": AT,
    }  # fmt: skip


EXECUTIONS = (execution(1, 1, 500), execution(2, 2, 1), execution(3, 3, None))


def add(database: Database, table: str, values: dict[str, Any]) -> None:
    names = ", ".join(values)
    with database.write() as session:
        session.execute(
            text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{n}' for n in values)})"),
            values,
        )


def one(database: Database, query: str) -> Any:
    with database.read() as session:
        return session.scalar(text(query))


@pytest.fixture
def old(tmp_path: Path) -> Database:
    """A database of before, damaged by a schedule that was removed."""
    database = Database(make_engine(f"sqlite:///{tmp_path / 'old.db'}"))
    migrate.upgrade(database, now=NOW, revision="0006")
    for table, values in (*ROWS, *(("executions", row) for row in EXECUTIONS)):
        add(database, table, values)
    for state in ("SUBMITTING", "READY"):
        add(database, "execution_events", {"execution_id": 1, "at": AT, "state": state, "text": "é",
                                           "request_id": ""})  # fmt: skip
    return database


def shapes(database: Database) -> dict[str, Any]:
    found = inspect(database.engine)
    return {
        table.name: (
            [(c["name"], str(c["type"]), c["nullable"], c["default"])
             for c in found.get_columns(table.name)],
            found.get_pk_constraint(table.name),
            sorted(map(repr, found.get_indexes(table.name))),
            sorted(map(repr, found.get_unique_constraints(table.name))),
            sorted(map(repr, found.get_foreign_keys(table.name))),
        )
        for table in Base.metadata.sorted_tables
    }  # fmt: skip


def test_every_row_index_and_foreign_key_of_an_old_database_survives(old: Database) -> None:
    before = shapes(old)
    assert migrate.upgrade(old, now=NOW, revision="0007")
    assert shapes(old) == before
    assert one(old, "SELECT COUNT(*) FROM execution_events") == 2
    assert one(old, "SELECT COUNT(*) FROM executions") == 3
    assert one(old, "SELECT text FROM execution_events WHERE id = 2") == "é"
    assert one(old, "PRAGMA foreign_keys") == 1
    old.close()


def test_what_pointed_to_a_removed_schedule_points_to_nothing(old: Database) -> None:
    migrate.upgrade(old, now=NOW)
    with old.read() as session:
        runs = session.execute(text("SELECT id, schedule_id FROM fleet_runs ORDER BY id")).all()
        slots = session.execute(text("SELECT id, slot_id FROM executions ORDER BY id")).all()
    # The first run is older than the schedule that has its key now.
    assert [tuple(r) for r in runs] == [(1, None), (2, 1), (3, None)]
    assert [tuple(r) for r in slots] == [(1, None), (2, 1), (3, None)]
    old.close()


def test_the_next_keys_are_higher_than_any_that_was_ever_kept(old: Database) -> None:
    migrate.upgrade(old, now=NOW)
    slot = {k: v for k, v in ROWS[-1][1].items() if k != "id"} | {"slot_at": AT}
    add(old, "slots", slot)
    assert one(old, "SELECT MAX(id) FROM slots") == 501
    schedule = {k: v for k, v in ROWS[2][1].items() if k != "id"}
    add(old, "schedules", schedule | {"public_id": "sc_2", "name": "Another"})
    assert one(old, "SELECT MAX(id) FROM schedules") == 78
    old.close()


def test_it_goes_down_and_up_again_with_every_row(old: Database) -> None:
    before = shapes(old)
    migrate.upgrade(old, now=NOW)
    migrate.downgrade(old, "0006")
    assert shapes(old) == before
    assert one(old, "SELECT COUNT(*) FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'") == 0
    assert migrate.upgrade(old, now=NOW)
    assert one(old, "SELECT COUNT(*) FROM execution_events") == 2
    old.close()


def test_every_table_with_a_number_for_a_key_says_autoincrement(tmp_path: Path) -> None:
    database = open_test_database(f"sqlite:///{tmp_path / 'amc.db'}")
    for table in Base.metadata.sorted_tables:
        if "id" in table.c:
            query = f"SELECT sql FROM sqlite_master WHERE name = '{table.name}'"
            assert "AUTOINCREMENT" in one(database, query), table.name
            assert table.dialect_options["sqlite"]["autoincrement"], table.name
    database.close()


@pytest.mark.parametrize("table", ["schedules", "users", "fleet_runs", "connections"])
def test_the_key_of_a_removed_row_is_not_given_again(database: Database, table: str) -> None:
    keys = []
    for number in range(2):
        add(database, table, _row_of(table, number))
        keys.append(one(database, f"SELECT MAX(id) FROM {table}"))
        with database.write() as session:
            session.execute(text(f"DELETE FROM {table}"))
    assert keys[0] < keys[1]


def _row_of(table: str, number: int) -> dict[str, Any]:
    if table == "users":
        return {"public_id": f"us_{number}", "name": f"n{number}", "display_name": "",
                "password_hash": "", "role": "viewer", "disabled": False, "zone": "",
                "must_change": False, "created_at": NOW, "password_at": NOW}  # fmt: skip
    if table == "connections":
        return {"public_id": f"cn_{number}", "label": "", "region": "NA", "client_id": "",
                "refresh_token": b"", "state": "valid", "state_reason": "", "amazon_user": "",
                "consented_at": NOW, "created_at": NOW}  # fmt: skip
    values = next(v for t, v in ROWS if t == table)
    kept = {k: NOW if v in (AT, LATER) else v for k, v in values.items() if k != "id"}
    if table == "schedules":
        kept["enabled"] = True
    return kept | {"public_id": f"x_{number}"}


def _run(number: int) -> FleetRun:
    return FleetRun(
        public_id=f"fr_{number}", title="", kind="schedule", created_by="a", created_at=NOW
    )


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_a_copy_gives_out_no_key_that_was_used_up_before(
    tmp_path: Path, target: str, request: pytest.FixtureRequest
) -> None:
    source = open_test_database(f"sqlite:///{tmp_path / 'amc.db'}")
    with source.write() as session:
        session.add_all([_run(1), _run(2), KeyValue(key="a", value=b"1")])
    with source.write() as session:
        session.execute(text("DELETE FROM fleet_runs WHERE id = 2"))
    url = f"sqlite:///{tmp_path / 'copy.db'}"
    copied = open_test_database(
        url if target == "sqlite" else request.getfixturevalue("postgres_url")
    )
    copying.copy(source, copied)
    with copied.write() as session:
        row = _run(3)
        session.add(row)
        session.flush()
        assert row.id == 3
        assert session.query(Schedule).count() == 0
    source.close()
    copied.close()


def test_a_copy_of_a_postgresql_database_knows_its_used_up_keys(
    tmp_path: Path, postgres_url: str
) -> None:
    source = open_test_database(postgres_url)
    with source.write() as session:
        session.add_all([_run(1), _run(2)])
    with source.write() as session:
        session.execute(text("DELETE FROM fleet_runs"))
    copied = open_test_database(f"sqlite:///{tmp_path / 'copy.db'}")
    copying.copy(source, copied)
    with copied.write() as session:
        row = _run(3)
        session.add(row)
        session.flush()
        assert row.id == 3
    source.close()
    copied.close()
