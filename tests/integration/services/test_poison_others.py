"""One row that cannot be read, in the tables beside schedules: the others are listed and work."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from amc.clock import FrozenClock
from amc.container import Services
from amc.db.models import Execution
from amc.db.repos import executions as repo
from tests.integration.services.test_schedules_service import MONDAY, draft

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
EXECUTIONS = (
    ("parameters", "[]"),
    ("parameters", "{not json"),
    ("created_at", 5),
    ("finished_at", "zzz"),
    ("declarations", "null"),
    ("attempt", "many"),
    ("fence", 0.5),
    ("reason", b"\xff"),
    ("result", "[1]"),
)


@pytest.fixture
def made(built: Services, clock: FrozenClock) -> Services:
    """Four executions on one instance."""
    for name in ("a", "b", "c", "d"):
        built.schedules.create("ann", draft(name=name, instance_ids=("amcone",)))
    clock.set(MONDAY + timedelta(minutes=1))
    assert built.schedules.fire_due() == 4
    return built


def poison(built: Services, table: str, column: str, value: Any) -> None:
    cast = "CAST(:v AS TEXT)" if isinstance(value, bytes) else ":v"
    with built.database.write() as session:
        session.execute(text(f"UPDATE {table} SET {column} = {cast} WHERE id = 1"), {"v": value})


def states(built: Services) -> list[str]:
    with built.database.read() as session:
        return list(session.scalars(text("SELECT state FROM executions ORDER BY id")))


@pytest.mark.parametrize(("column", "value"), EXECUTIONS)
def test_an_execution_is_listed_with_what_is_wrong_and_the_others_go_on(
    made: Services, clock: FrozenClock, column: str, value: Any
) -> None:
    poison(made, "executions", column, value)
    rows, count = made.executions.page()
    assert (len(rows), count) == (4, 4)
    [bad] = [row for row in rows if "cannot be shown" in row.reason]
    assert made.executions.get(bad.id).title == "a"
    assert bad.instance_id == "amcone"
    run = made.executions.fleet_run(bad.fleet_run_id)
    assert [one.id for one in run.executions] == [bad.id]
    made.sweeping.sweep()
    assert states(made) == ["QUEUED", *["SUBMITTING"] * 3]
    clock.advance(timedelta(hours=2))
    assert made.sweeping.sweep() == 3


@pytest.mark.parametrize(
    ("column", "value"),
    [("submitted_at", 5), ("polled_at", b"\xff"), ("submitted_at", None), ("parameters", "3")],
)
def test_the_look_at_amazon_is_enqueued_for_the_others(
    made: Services, clock: FrozenClock, column: str, value: Any
) -> None:
    with made.database.write() as session:
        session.query(Execution).update({"state": "PENDING", "submitted_at": clock.now()})
    poison(made, "executions", column, value)
    clock.advance(timedelta(minutes=5))
    assert made.polling.enqueue_due() == 1
    with made.database.read() as session:
        (state,) = repo.poll_states(session)
        assert len(repo.polled_rows(session, state.instance_key)) == (4 if value is None else 3)


def test_an_instance_that_gets_no_places_keeps_none_from_the_others(
    made: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatch: Any = made.sweeping._dispatch
    real = dispatch.instance
    asked: list[int] = []

    def instance(key: int) -> int:
        asked.append(key)
        if len(asked) == 1:
            raise RuntimeError("by a test")
        return int(real(key))

    with made.database.write() as session:
        session.execute(text("UPDATE executions SET instance_id = 2 WHERE id > 2"))
    monkeypatch.setattr(dispatch, "instance", instance)
    with pytest.raises(RuntimeError, match="by a test"):
        made.sweeping.sweep()
    assert len(asked) == 2
    assert "SUBMITTING" in states(made)


@pytest.mark.parametrize(
    ("column", "value"), [("members", "null"), ("members", "{}"), ("created_at", 5), ("rule", "3")]
)
def test_an_instance_set(made: Services, column: str, value: Any) -> None:
    for name in ("One", "Two"):
        made.instances.save_set("ann", name, members=["amcone"])
    poison(made, "instance_sets", column, value)
    assert {row.name for row in made.instances.sets()} == {"One", "Two"}
    assert made.instances.members("Two") == ["amcone"]
    [(table, name, reason)] = made.health.unreadable_rows()
    assert (table, name) == ("instance_sets", "One")
    assert column in reason or "cannot be read" in reason


@pytest.mark.parametrize(("column", "value"), [("tags", "null"), ("last_seen_at", 5)])
def test_an_instance(made: Services, column: str, value: Any) -> None:
    poison(made, "instances", column, value)
    rows = {row.instance_id: row for row in made.instances.all()}
    assert len(rows) == 3
    assert rows["amcone"].access == "lost"
    assert "cannot be read" in rows["amcone"].access_reason


@pytest.mark.parametrize(("column", "value"), [("tags", "null"), ("updated_at", 7)])
def test_a_campaign_mapping(made: Services, column: str, value: Any) -> None:
    for number in ("1", "2"):
        made.mappings.save(
            "ann", ad_product="dsp", campaign_id=number, name=f"Campaign {number}", brand="Nova"
        )
    poison(made, "campaign_mappings", column, value)
    rows, count = made.mappings.page()
    assert (len(rows), count) == (2, 2)
    assert [name for _, name, _ in made.health.unreadable_rows()] == ["Campaign 1"]


@pytest.mark.parametrize(("column", "value"), [("settings", "[]"), ("created_at", 7)])
def test_a_brand(made: Services, column: str, value: Any) -> None:
    for name in ("Nova", "Orbit"):
        made.mappings.save_brand("ann", name)
    poison(made, "brands", column, value)
    assert len(made.mappings.brands()) >= 2
