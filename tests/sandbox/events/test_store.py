"""The store: deterministic, whole files, data that follow the clock."""

import multiprocessing
import threading
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from amc.clock import FrozenClock
from amc.sandbox.events import EventStore
from amc.sandbox.world import Instance, World, load_world
from tests.sandbox.events.conftest import END, NOW, START, Asker

COLUMNS = {
    "dsp_impressions": ["user_id", "impression_dt_utc", "campaign", "total_cost", "postal_code"],
    "sponsored_ads_traffic": ["user_id", "event_dt_utc", "spend", "clicks", "targeting"],
    "conversions": ["conversion_id", "user_id", "event_dt_utc", "combined_sales"],
    "amazon_attributed_events_by_traffic_time": ["user_id", "campaign", "total_purchases"],
}


def _store(world: World, folder: Path, seed: int = 1, now: datetime = NOW) -> EventStore:
    return EventStore(world, seed=seed, cache_dir=folder, clock=FrozenClock(now))


def _content(store: EventStore, instance_id: str, names: list[str]) -> dict[str, str]:
    found = {}
    for name in names:
        relation = store.relation(instance_id, name, COLUMNS[name], START, END)
        with duckdb.connect() as db:
            rows = db.execute(f"SELECT * FROM {relation} ORDER BY ALL").fetchall()
        assert len(rows) > 100
        found[name] = sha256(repr(rows).encode()).hexdigest()
    return found


def test_same_seed_same_events_in_whatever_order_they_are_made(
    world: World, small: Instance, tmp_path: Path
) -> None:
    names = list(COLUMNS)
    first = _content(_store(world, tmp_path / "a"), small.instance_id, names)
    other = _store(world, tmp_path / "b")
    late = (END - timedelta(days=9), END)
    other.relation(small.instance_id, "conversions", ["user_id"], *late)
    assert _content(other, small.instance_id, names[::-1]) == first
    assert _content(_store(world, tmp_path / "a"), small.instance_id, names) == first
    changed = _content(_store(world, tmp_path / "a", seed=2), small.instance_id, names)
    assert all(changed[name] != first[name] for name in names)


def test_threads_that_ask_at_once_get_whole_and_equal_data(
    world: World, small: Instance, tmp_path: Path
) -> None:
    store, answers = _store(world, tmp_path), list[dict[str, str]]()
    threads = [
        threading.Thread(
            target=lambda: answers.append(_content(store, small.instance_id, list(COLUMNS)[:2]))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert all(answer == answers[0] for answer in answers)
    assert not list(tmp_path.rglob("*.tmp"))


def _warm_in_process(folder: str, instance_id: str) -> None:
    store = _store(load_world(), Path(folder))
    store.warm([instance_id], START, END)


def test_processes_that_make_the_same_files_do_not_disturb_each_other(
    world: World, small: Instance, tmp_path: Path
) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_warm_in_process, args=(str(tmp_path), small.instance_id))
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0]
    shared = _content(_store(world, tmp_path), small.instance_id, list(COLUMNS))
    alone = _content(_store(world, tmp_path / "alone"), small.instance_id, list(COLUMNS))
    assert shared == alone
    assert not list(tmp_path.rglob("*.tmp"))


def test_warm_makes_everything_before_it_is_asked_for(
    world: World, small: Instance, tmp_path: Path
) -> None:
    store = _store(world, tmp_path)
    store.warm([small.instance_id], START, END)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    for name in ("dsp_clicks", "conversions_with_relevance"):
        store.relation(small.instance_id, name, ["conversions" if "conv" in name else "clicks"],
                       START, END)  # fmt: skip
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len([p for p in tmp_path.rglob("*.parquet") if p not in before]) == 0


@pytest.mark.parametrize(
    ("source", "time"),
    [("dsp_impressions", "impression_dt_utc"), ("conversions", "event_dt_utc"),
     ("sponsored_ads_traffic", "event_dt_utc")],
)  # fmt: skip
def test_the_last_48_hours_fill_up_as_the_clock_goes_on(
    world: World, small: Instance, cache: Path, source: str, time: str
) -> None:
    seen: list[set[tuple[object, ...]]] = []
    for hours in (0, 6, 24, 49):
        store = _store(world, cache, now=NOW + timedelta(hours=hours))
        relation = store.relation(small.instance_id, source, [time, "user_id"],
                                  NOW - timedelta(days=9), NOW)  # fmt: skip
        seen.append(set(duckdb.sql(f"SELECT * FROM {relation}").fetchall()))
    for earlier, later in pairwise(seen):
        assert earlier < later
    newest = max(row[0] for row in seen[0])
    assert newest <= (NOW - timedelta(hours=3)).replace(tzinfo=None)
    old = (NOW - timedelta(hours=48)).replace(tzinfo=None)
    assert {r for r in seen[0] if r[0] < old} == {r for r in seen[3] if r[0] < old}
    recent = [len({r for r in rows if r[0] >= old}) for rows in (seen[0], seen[3])]
    assert 0.3 < recent[0] / recent[1] < 0.85


def test_nothing_lies_in_the_future_or_beyond_thirteen_months(little: Asker) -> None:
    wide = (NOW - timedelta(days=900), NOW + timedelta(days=900))
    [(first, last)] = little.ask(
        "SELECT min(impression_dt_utc), max(impression_dt_utc) FROM {d}",
        d=("dsp_impressions", "impression_dt_utc"), start=wide[0], end=wide[1],
    )  # fmt: skip
    assert last < NOW.replace(tzinfo=None)
    assert timedelta(days=396) < NOW.replace(tzinfo=None) - first <= timedelta(days=397)


def test_windows_are_half_open_and_add_up(little: Asker) -> None:
    middle = START + timedelta(days=11, hours=5, minutes=17)
    counts = [
        little.ask("SELECT count(*) FROM {d}", d=("dsp_impressions", "impressions"), start=a, end=b)
        for a, b in ((START, middle), (middle, END), (START, END))
    ]
    first, second, both = (rows[0][0] for rows in counts)
    assert first > 0 < second
    assert first + second == both


def test_local_columns_are_in_the_advertisers_zone_over_the_end_of_summer_time(
    sandbox: Asker,
) -> None:
    zone = ZoneInfo("America/New_York")
    rows = sandbox.ask(
        "SELECT impression_dt_utc, impression_dt, impression_dt_hour, impression_date, "
        "impression_hour, impression_day, impression_hour_utc, advertiser_timezone FROM {d} "
        "USING SAMPLE 3000 ROWS (reservoir, 7)",
        d=("dsp_impressions", "impression_dt_utc impression_dt impression_dt_hour impression_date "
           "impression_hour impression_day impression_hour_utc advertiser_timezone"),
        start=datetime(2026, 10, 31, tzinfo=UTC), end=datetime(2026, 11, 3, tzinfo=UTC),
    )  # fmt: skip
    offsets = set()
    for utc, local, hour_start, day, hour, day_number, utc_hour, name in rows:
        want = utc.replace(tzinfo=UTC).astimezone(zone)
        offsets.add(want.utcoffset())
        assert name == str(zone)
        assert local == want.replace(tzinfo=None)
        assert hour_start == local.replace(minute=0, second=0, microsecond=0)
        assert (day, hour, day_number) == (local.date(), local.hour, local.day)
        assert utc_hour == utc.hour
    assert len(offsets) == 2
