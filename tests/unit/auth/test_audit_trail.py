import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from amc.clock import FrozenClock
from amc.db.engine import Database
from amc.db.people import Audit
from amc.errors import StaleError
from amc.services.audit import AuditService


def write(audit: AuditService, database: Database, count: int, clock: FrozenClock) -> None:
    for number in range(count):
        clock.advance(timedelta(seconds=1))
        with database.write() as session:
            audit.record(
                session, "ann", "mapping.save", f"c{number}", {"n": number}, {"n": number + 1}
            )


def test_an_untouched_trail_is_whole(
    audit: AuditService, database: Database, clock: FrozenClock
) -> None:
    assert audit.verify() == []
    write(audit, database, 30, clock)
    assert audit.verify() == []
    assert audit.count() == 30


def test_a_row_stands_or_falls_with_its_change(audit: AuditService, database: Database) -> None:
    def half_a_change() -> None:
        with database.write() as session:
            audit.record(session, "ann", "mapping.save", "c", None, None)
            raise StaleError

    with pytest.raises(StaleError):
        half_a_change()
    assert audit.count() == 0
    assert audit.verify() == []


def _alter(row: Audit, field: str) -> dict[str, Any]:
    value = getattr(row, field)
    if isinstance(value, datetime):
        return {field: value + timedelta(microseconds=1)}
    if isinstance(value, dict):
        return {field: value | {"n": -1}}
    return {field: value + "x"}


def test_every_single_tampering_is_found(
    audit: AuditService, database: Database, clock: FrozenClock
) -> None:
    write(audit, database, 8, clock)
    source = random.Random(7)
    fields = ["at", "actor", "action", "object_id", "before", "after", "previous_hash", "hash"]
    with database.read() as session:
        rows = {row.id: row for row in session.scalars(select(Audit))}
    tampered = 0
    for row_id, row in rows.items():
        for field in fields:
            change = update(Audit).where(Audit.id == row_id).values(**_alter(row, field))
            assert _problems_under(audit, database, [change]), (row_id, field)
            tampered += 1
        assert _problems_under(audit, database, [delete(Audit).where(Audit.id == row_id)]), row_id
        other = source.choice([i for i in rows if i != row_id])
        swap = [
            text(f"UPDATE audit SET id = -1 WHERE id = {row_id}"),
            text(f"UPDATE audit SET id = {row_id} WHERE id = {other}"),
            text(f"UPDATE audit SET id = {other} WHERE id = -1"),
        ]
        assert _problems_under(audit, database, swap), (row_id, other)
    assert tampered == 64
    assert audit.verify() == []


def _problems_under(audit: AuditService, database: Database, changes: list[Any]) -> list[str]:
    """What `verify` says of the trail with the changes made; they are undone afterwards."""
    with database.read() as session:
        kept = [
            {c.key: getattr(row, c.key) for c in Audit.__table__.columns}
            for row in session.scalars(select(Audit))
        ]
    with database.write() as session:
        for change in changes:
            session.execute(change)
    problems = audit.verify()
    with database.write() as session:
        session.execute(delete(Audit))
        session.execute(Audit.__table__.insert(), kept)
    return problems


def test_a_removed_trail_is_missed(
    audit: AuditService, database: Database, clock: FrozenClock
) -> None:
    write(audit, database, 3, clock)
    with database.write() as session:
        session.execute(delete(Audit))
    assert "should have 3 rows and has 0" in audit.verify()[0]


def test_secrets_never_reach_the_trail(audit: AuditService, database: Database) -> None:
    with database.write() as session:
        audit.record(
            session,
            "ann",
            "connection.store",
            "cn_1",
            None,
            {
                "refresh_token": "canary-1",
                "note": "has Atzr|canary-2 in it",
                "deep": {"password": 3},
            },
        )
    row = audit.latest()[0]
    assert "canary" not in repr(row)
    assert row.after is not None
    assert row.after["refresh_token"] == "***"


@pytest.mark.parametrize(
    "value",
    [1.5, 1e300, datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=2))), {"b", "a"}, ("x", 1)],
    ids=["float", "big", "instant", "set", "tuple"],
)
def test_any_value_reads_back_with_the_same_hash(
    audit: AuditService, database: Database, value: object
) -> None:
    with database.write() as session:
        audit.record(session, "ann", "x.y", "id", {"v": value}, {"nested": [{"v": value}]})
    assert audit.verify() == []


def test_hostile_text_is_kept_as_text(audit: AuditService, database: Database) -> None:
    hostile = "a\nb\0c\x1b[31m\ud800" + "x" * 5000
    with database.write() as session:
        audit.record(session, hostile, "x.y", hostile, {hostile: hostile}, None)
    row = audit.latest()[0]
    assert "\0" not in row.actor
    assert len(row.actor) < 2100
    assert audit.verify() == []


def test_the_latest_rows_come_first_and_can_be_narrowed(
    audit: AuditService, database: Database, clock: FrozenClock
) -> None:
    write(audit, database, 5, clock)
    with database.write() as session:
        audit.record(session, "bo", "user.create", "us_1", None, None)
    assert [r.object_id for r in audit.latest(limit=3)] == ["us_1", "c4", "c3"]
    assert [r.object_id for r in audit.latest(limit=2, offset=1, action="mapping.")] == ["c3", "c2"]
    assert [r.actor for r in audit.latest(by="bo")] == ["bo"]
    assert audit.latest(action="mapping_") == []
    assert audit.latest()[0].at.tzinfo == UTC
