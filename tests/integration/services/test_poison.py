"""One row that cannot be read: the others work, it is shown, and it stays as it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from amc.clock import FrozenClock
from amc.container import Services
from amc.errors import UsageError
from tests.integration.services.test_schedules_service import draft

TEN = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
SQLITE = (
    ("targets", "null"),
    ("targets", "[]"),
    ("targets", "{not json"),
    ("targets", '{"instances": 5}'),
    ("targets", '{"instances": [1, null]}'),
    ("targets", b"\xff\xfe"),
    ("parameters", "[]"),
    ("parameters", "null"),
    ("parameters", "NaN"),
    ("accounted_until", 5),
    ("accounted_until", "yesterday"),
    ("next_slot_at", 5),
    ("next_slot_at", "zzz"),
    ("next_slot_at", b"\x00\x01"),
    ("created_at", 1.5),
    ("paused_at", "never"),
    ("offset_s", 10**15),
    ("offset_s", "two days"),
    ("offset_s", b"x"),
    ("catch_up_limit_s", 10**15),
    ("catch_up_limit_s", 0.5),
    ("missed", "perhaps"),
    ("overlap", ""),
    ("zone", "Mars/Olympus"),
    ("zone", b"\xc3\x28"),
    ("cron", "61 * * * *"),
    ("cron", "x" * 10_000_000),
    ("window_rule", "sometimes"),
    ("name", b"\xff"),
    ("sql", b"\x00\xff"),
    ("version", "two"),
    ("created_by", b"\xfe"),
)
POSTGRESQL = tuple(
    (column, value) for column, value in SQLITE
    if (column in ("targets", "parameters") and value in ("null", "[]", '{"instances": 5}',
                                                          '{"instances": [1, null]}'))
    or (column in ("missed", "overlap", "zone", "cron", "window_rule") and isinstance(value, str)
        and len(value) < 100)
)  # fmt: skip


def stored(built: Services) -> tuple[Any, ...]:
    """The row as its bytes, without the mark."""
    with built.database.read() as session:
        columns = [
            row[1] for row in session.execute(text("PRAGMA table_info(schedules)")).all()
            if row[1] not in ("broken",)
        ]  # fmt: skip
        listed = ", ".join(f"typeof({c}), hex(CAST({c} AS BLOB))" for c in columns)
        return tuple(session.execute(text(f"SELECT {listed} FROM schedules WHERE id = 1")).one())


def poison(built: Services, column: str, value: Any) -> None:
    if isinstance(value, str | bytes) and built.database.is_sqlite:
        # A BLOB in a text column, and bytes that are no UTF-8 in a text.
        cast = "CAST(:v AS TEXT)" if isinstance(value, bytes) and value[0] > 127 else ":v"
    else:
        cast = "CAST(:v AS jsonb)" if column in ("targets", "parameters") else ":v"
    with built.database.write() as session:
        session.execute(text(f"UPDATE schedules SET {column} = {cast} WHERE id = 1"), {"v": value})


@pytest.fixture
def made(built: Services, clock: FrozenClock) -> Services:
    clock.set(TEN - timedelta(seconds=30))
    for name in ("Bad", "Good", "Better"):
        built.schedules.create("ann", draft(name=name, cron="* * * * *", instance_ids=("amcone",)))
    return built


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("column", "value"), SQLITE, ids=[f"{c}-{n}" for n, (c, _) in enumerate(SQLITE)]
)
def test_a_row_that_cannot_be_read_stops_no_other(
    made: Services, clock: FrozenClock, column: str, value: Any
) -> None:
    poison(made, column, value)
    before = stored(made)
    clock.set(TEN + timedelta(seconds=1))
    made.schedules.fire_due()
    made.schedules.set_aside_unreadable()
    rows = {row.name: row for row in made.schedules.all()}
    assert len(rows) == 3
    good = [rows.pop("Good"), rows.pop("Better")]
    for row in good:
        assert [s.verdict for s in made.schedules.history(row.id)] == ["ran"]
        assert row.broken == ""
    [bad] = rows.values()
    assert bad.broken
    assert bad.name == "Bad" or column == "name"
    assert stored(made) == before
    assert bad.name in {risk.name for risk in made.schedules.at_risk()}
    assert len(made.schedules.upcoming()) >= 2


@pytest.mark.parametrize(("column", "value"), POSTGRESQL)
def test_the_same_on_both_databases(
    made: Services, clock: FrozenClock, column: str, value: Any
) -> None:
    poison(made, column, value)
    clock.set(TEN + timedelta(seconds=1))
    made.schedules.fire_due()
    made.schedules.set_aside_unreadable()
    rows = {row.name: row for row in made.schedules.all()}
    assert bool(rows["Bad"].broken)
    assert len(made.schedules.history(rows["Good"].id)) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("column", "value"), [("targets", "null"), ("created_at", 5), ("offset_s", 10**15)]
)
def test_it_is_mended_by_editing_and_can_be_removed(
    made: Services, clock: FrozenClock, column: str, value: Any
) -> None:
    poison(made, column, value)
    [bad] = [row for row in made.schedules.all() if row.name == "Bad"]
    with pytest.raises(UsageError, match="cannot be used"):
        made.schedules.pause("ann", bad.id)
    whole = draft(name="Bad", cron="* * * * *", instance_ids=("amcone",))
    made.schedules.update("ann", bad.id, whole, made.schedules.get(bad.id).version)
    assert made.schedules.get(bad.id).broken == ""
    clock.set(TEN + timedelta(seconds=1))
    made.schedules.fire_due()
    assert [s.verdict for s in made.schedules.history(bad.id)] == ["ran"]
    poison(made, column, value)
    made.schedules.remove("ann", bad.id)
    assert {row.name for row in made.schedules.all()} == {"Good", "Better"}
