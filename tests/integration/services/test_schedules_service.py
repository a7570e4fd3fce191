import threading
from datetime import UTC, datetime, timedelta

import pytest

from amc.clock import FrozenClock
from amc.container import Services, build_services
from amc.db.models import Instance, Schedule
from amc.db.repos import schedules as repo
from amc.errors import CronError, MissingError, StaleError, UsageError, WindowError
from amc.services.schedules import ScheduleDraft

SQL = "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"
MONDAY = datetime(2026, 11, 9, 8, 0, tzinfo=UTC)


def draft(**changes: object) -> ScheduleDraft:
    given: dict[str, object] = {
        "name": "Weekly",
        "cron": "0 8 * * 1",
        "zone": "UTC",
        "window_rule": "last-7-days",
        "sql": SQL,
        "instance_ids": ("amcone", "amctwo"),
    }
    return ScheduleDraft(**(given | changes))  # type: ignore[arg-type]


def test_a_slot_fires_once_with_its_window_from_the_slot(
    built: Services, clock: FrozenClock
) -> None:
    made = built.schedules.create("ann", draft())
    assert made.next_slot_at == MONDAY
    assert built.schedules.fire_due() == 0
    clock.set(MONDAY + timedelta(minutes=2))
    assert built.schedules.fire_due() == 1
    assert built.schedules.fire_due() == 0
    (slot,) = built.schedules.history(made.id)
    assert (slot.verdict, slot.slot_at, slot.states) == ("ran", MONDAY, {"QUEUED": 2})
    run = built.executions.fleet_run(slot.fleet_run_id or "")
    # Monday 08:00 less 48 hours is Saturday: seven days up to Saturday's midnight.
    assert {e.window["start"][:10] + "/" + e.window["end"][:10] for e in run.executions} == {
        "2026-10-31/2026-11-07"
    }
    assert {e.kind for e in run.executions} == {"schedule"}


def test_many_schedulers_at_once_fire_a_slot_once(built: Services, clock: FrozenClock) -> None:
    made = built.schedules.create("ann", draft())
    clock.set(MONDAY + timedelta(seconds=1))
    others = [build_services(built.settings, clock=clock) for _ in range(3)]
    threads = [
        threading.Thread(target=s.schedules.fire_due) for s in (built, *others) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built.schedules.history(made.id)) == 1
    assert built.executions.page()[1] == 2
    for services in others:
        services.close()


def test_after_an_outage_every_slot_is_accounted_for(built: Services, clock: FrozenClock) -> None:
    made = built.schedules.create("ann", draft(cron="0 * * * *", catch_up_limit_s=3 * 3600))
    clock.set(datetime(2026, 11, 2, 20, 30, tzinfo=UTC))
    built.schedules.fire_due()
    verdicts = [(s.verdict, s.count) for s in reversed(built.schedules.history(made.id))]
    # From 10:00 to 20:00 are 11 slots: those before 17:30 are too old, the latest one runs.
    assert verdicts == [("window_expired", 8), ("coalesced", 2), ("caught_up", 1)]


def test_a_paused_schedule_tells_what_passed_and_goes_on_from_now(
    built: Services, clock: FrozenClock
) -> None:
    made = built.schedules.create("ann", draft(cron="0 8 * * *"))
    built.schedules.pause("ann", made.id)
    clock.set(MONDAY + timedelta(hours=1))
    assert built.schedules.fire_due() == 0
    resumed = built.schedules.resume("ann", made.id)
    assert resumed.next_slot_at == MONDAY + timedelta(days=1)
    (slot,) = built.schedules.history(made.id)
    # 3 to 9 November at 08:00 are seven slots.
    assert (slot.verdict, slot.count) == ("paused", 7)


def test_a_run_under_way_skips_the_next_slot_with_a_reason(
    built: Services, clock: FrozenClock
) -> None:
    made = built.schedules.create("ann", draft(cron="0 * * * *"))
    for hour in (10, 11):
        clock.set(datetime(2026, 11, 2, hour, 1, tzinfo=UTC))
        built.schedules.fire_due()
    assert [s.verdict for s in built.schedules.history(made.id)] == ["overlap_skipped", "ran"]
    assert built.schedules.history(made.id)[0].reason


def test_a_damaged_schedule_is_set_aside_and_the_others_fire(
    built: Services, clock: FrozenClock
) -> None:
    bad = built.schedules.create("ann", draft(name="Bad"))
    good = built.schedules.create("ann", draft(name="Good"))
    with built.database.write() as session:
        row = repo.schedule(session, bad.id)
        assert row is not None
        row.zone = "Mars/Olympus"
    clock.set(MONDAY + timedelta(minutes=1))
    built.schedules.fire_due()
    assert len(built.schedules.history(good.id)) == 1
    found = built.schedules.get(bad.id)
    assert "Mars/Olympus" in found.broken
    assert found.zone == "Mars/Olympus"  # nothing of it was changed


def test_a_target_that_is_gone_fails_the_slot_with_its_reason(
    built: Services, clock: FrozenClock
) -> None:
    made = built.schedules.create("ann", draft())
    with built.database.write() as session:
        row = session.get_one(Schedule, 1)
        row.targets = {"instances": ["amcnobody"], "set": ""}
    clock.set(MONDAY + timedelta(minutes=1))
    built.schedules.fire_due()
    (slot,) = built.schedules.history(made.id)
    assert slot.verdict == "failed"
    assert "amcnobody" in slot.reason


def test_a_target_that_cannot_run_says_so_and_the_others_run(
    built: Services, clock: FrozenClock
) -> None:
    built.schedules.create("ann", draft(template="campaign-reach-frequency", sql="",
                                        parameters={"ad_types": "dsp"}))  # fmt: skip
    with built.database.write() as session:
        for row in session.query(Instance):
            row.source_names = ["conversions", "sponsored_ads_traffic"]
            if row.instance_id == "amcone":
                row.source_names = ["dsp_impressions", "dsp_clicks", *row.source_names]
                row.source_names.append("amazon_attributed_events_by_traffic_time")
            row.sources_at = clock.now()
    clock.set(MONDAY + timedelta(minutes=1))
    built.schedules.fire_due()
    states = {e.instance_id: e for e in built.executions.page()[0]}
    assert states["amcone"].status == "QUEUED"
    assert states["amctwo"].status == "FAILED"
    assert "dsp_impressions" in states["amctwo"].reason
    assert built.executions.detail(states["amctwo"].id).execution.cause["fix"]


def test_a_schedule_that_can_run_nowhere_fails_its_slot_with_the_reason(
    built: Services, clock: FrozenClock
) -> None:
    made = built.schedules.create("ann", draft())
    with built.database.write() as session:
        session.get_one(Schedule, 1).sql = SQL.replace("impressions)", "impresions)")
    clock.set(MONDAY + timedelta(minutes=1))
    built.schedules.fire_due()
    (slot,) = built.schedules.history(made.id)
    assert slot.verdict == "failed"
    assert "impresions" in slot.reason
    assert built.executions.page()[1] == 0


def test_backfill_runs_past_slots_once(built: Services, clock: FrozenClock) -> None:
    made = built.schedules.create("ann", draft(instance_ids=("amcone",)))
    span = (MONDAY - timedelta(days=30), MONDAY - timedelta(days=6))
    first = built.schedules.backfill("ann", made.id, *span)
    # Mondays 12, 19, 26 October and 2 November.
    assert len(first) == 4
    assert built.schedules.backfill("ann", made.id, *span) == first
    assert built.executions.page()[1] == 4
    with pytest.raises(UsageError, match="no slot"):
        built.schedules.backfill("ann", made.id, MONDAY, MONDAY + timedelta(hours=1))


def test_an_edit_of_an_older_version_is_refused(built: Services) -> None:
    made = built.schedules.create("ann", draft())
    built.schedules.update("ann", made.id, draft(cron="0 9 * * 1"), made.version)
    with pytest.raises(StaleError):
        built.schedules.update("bob", made.id, draft(cron="0 10 * * 1"), made.version)
    assert built.schedules.get(made.id).cron == "0 9 * * 1"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"cron": "61 * * * *"}, CronError),
        ({"cron": "0 0 30 2 *"}, CronError),
        ({"zone": "Mars/Olympus"}, WindowError),
        ({"window_rule": "sometimes"}, WindowError),
        ({"name": " "}, UsageError),
        ({"instance_ids": ("amcnobody",)}, MissingError),
        ({"missed": "perhaps"}, UsageError),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_saved(
    built: Services, changes: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        built.schedules.create("ann", draft(**changes))
    assert built.schedules.all() == []


def test_two_schedules_cannot_have_one_name(built: Services) -> None:
    built.schedules.create("ann", draft())
    with pytest.raises(UsageError, match="already"):
        built.schedules.create("ann", draft())
