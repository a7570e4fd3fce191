"""The Parquet files themselves, in plain Python: what a person did tells one story."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from amc.clock import FrozenClock
from amc.sandbox.events import EventStore
from amc.sandbox.events.making import Maker
from amc.sandbox.events.plan import build_plan
from amc.sandbox.world import Instance, World
from tests.sandbox.events.conftest import END, NOW, SANDBOX, START

Row = dict[str, Any]
WEEKS = range(456, 461)  # 28 September to 1 November 2026
CLICK, VIEW = 1, 2
CART, ORDER, OFF_AMAZON = 1, 2, 12


def read(maker: Maker, table: str, weeks: Iterable[int]) -> list[Row]:
    """Rows of some weeks' files."""
    return [row for path in maker.need(table, weeks) for row in pq.read_table(path).to_pylist()]


@dataclass(frozen=True)
class Story:
    """An instance's files over some weeks, and who owns which ad."""

    instance: Instance
    dsp: list[Row]
    clicks: list[Row]
    sponsored: list[Row]
    conversions: list[Row]
    attributed: list[Row]
    relevant: list[Row]
    campaign_of: list[int]
    products: list[str]
    """Of each campaign, the ad product."""

    def touches(self) -> dict[int, list[tuple[datetime, int]]]:
        """Of each user, every ad event: its time and its campaign."""
        found: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
        for row in (*self.dsp, *self.clicks, *self.sponsored):
            found[row["user"]].append((row["t"], self.campaign_of[row["ad"]]))
        return found


def story_of(maker: Maker, weeks: Iterable[int]) -> Story:
    plan, chosen = maker.plan, list(weeks)
    tables = ("dsp", "dsp_clicks", "sponsored", "conversions", "attributed", "relevant")
    return Story(
        plan.instance,
        *(read(maker, table, chosen) for table in tables),
        [ad.campaign for ad in plan.ads],
        [campaign.ad_product for campaign in plan.campaigns],
    )


@pytest.fixture(scope="module")
def maker(store: EventStore, small: Instance) -> Maker:
    return store.maker_of(small.instance_id)


@pytest.fixture(scope="module")
def story(maker: Maker) -> Story:
    return story_of(maker, WEEKS)


def test_every_click_and_view_has_its_impression(story: Story) -> None:
    shown = {row["n"]: row for row in story.dsp}
    assert len(story.clicks) > 30
    for click in story.clicks:
        impression = shown[click["n"]]
        assert impression["t"] == click["imp_t"] < click["t"]
        assert (impression["user"], impression["ad"]) == (click["user"], click["ad"])
    by_number = {row["n"]: row for row in story.sponsored}
    later = [row for row in story.sponsored if row["kind"] in (CLICK, VIEW)]
    assert len({row["kind"] for row in later}) == 2
    for event in later:
        impression = by_number[event["imp"]]
        assert impression["kind"] == 0
        assert impression["t"] < event["t"]
        same = ("user", "ad", "target", "place", "dev")
        assert [impression[name] for name in same] == [event[name] for name in same]


def test_every_credit_has_its_traffic_event_within_14_days(story: Story) -> None:
    events = {("dsp", 0, row["n"]): row for row in story.dsp}
    events |= {("dsp", CLICK, row["n"]): row for row in story.clicks}
    events |= {("ads", row["kind"], row["n"]): row for row in story.sponsored}
    last = [row for row in story.attributed if row["t"] >= story.dsp[0]["t"] + timedelta(days=15)]
    assert len(last) > 100
    for row in last:
        product = story.products[story.campaign_of[row["ad"]]]
        table, view = ("dsp", 0) if product == "dsp" else ("ads", VIEW)
        event = events[table, CLICK if row["click"] else view, row["traffic_n"]]
        assert (event["user"], event["ad"]) == (row["user"], row["ad"])
        assert event["t"] == row["traffic_t"]
        seller = story.instance.brands[0].seller and product == "sponsored_products"
        assert timedelta(0) < row["t"] - event["t"] <= timedelta(days=7 if seller else 14)
    numbers = Counter(row["n"] for row in story.attributed)
    assert set(numbers.values()) == {1}, "a conversion is credited once at most"


def test_relevance_is_every_campaign_met_in_28_days_and_nothing_else(story: Story) -> None:
    touches = story.touches()
    by_number = {row["n"]: row for row in story.conversions}
    found: dict[int, set[int]] = defaultdict(set)
    for row in story.relevant:
        assert {name: row[name] for name in by_number[row["n"]]} == by_number[row["n"]]
        found[row["n"]].add(row["campaign"])
    complete = [c for c in story.conversions if c["t"] >= story.dsp[0]["t"] + timedelta(days=29)]
    assert len(complete) > 50
    for conversion in complete:
        off = conversion["sub"] >= OFF_AMAZON
        met = {
            campaign
            for at, campaign in touches[conversion["user"]]
            if timedelta(0) < conversion["t"] - at <= timedelta(days=28)
            and (not off or story.products[campaign] == "dsp")
        }
        assert found[conversion["n"]] == met
        assert met, "every conversion follows an ad"


def test_attributed_conversions_are_conversions_and_relevant_to_their_campaign(
    story: Story,
) -> None:
    by_number = {row["n"]: row for row in story.conversions}
    pairs = {(row["n"], row["campaign"]) for row in story.relevant}
    for row in story.attributed:
        conversion = by_number[row["n"]]
        assert {name: row[name] for name in conversion} == conversion
        assert (row["n"], story.campaign_of[row["ad"]]) in pairs


def test_an_order_was_put_into_the_cart_first(story: Story) -> None:
    carts: dict[tuple[int, int], list[datetime]] = defaultdict(list)
    for row in story.conversions:
        if row["sub"] == CART:
            carts[row["user"], row["item"]].append(row["t"])
    known = story.dsp[0]["t"] + timedelta(days=28)
    late = [row for row in story.conversions if row["sub"] == ORDER and row["t"] >= known]
    assert len(late) > 10
    for order in late:
        assert any(at < order["t"] for at in carts[order["user"], order["item"]])
        assert order["units"] >= 1
        assert order["price"] > 0
    counts = Counter(row["sub"] for row in story.conversions)
    assert counts[CART] > counts[ORDER]


def test_users_walk_over_campaigns_and_ad_products(store: EventStore) -> None:
    story = story_of(store.maker_of(SANDBOX), WEEKS[-2:])
    campaigns, products = Counter[int](), Counter[int]()
    touches = story.touches()
    for met in touches.values():
        campaigns[len({campaign for _, campaign in met})] += 1
        products[len({story.products[campaign] for _, campaign in met})] += 1
    assert campaigns[1] > campaigns[2] > campaigns[3] > campaigns[4] > 0
    assert 0.55 < products[1] / len(touches) < 0.9
    assert products[2] > products[3] > 0
    media = {"dsp", "sponsored_products", "sponsored_brands", "sponsored_display",
             "sponsored_television"}  # fmt: skip
    assert {story.products[c] for met in touches.values() for _, c in met} == media
    shown = Counter(row["user"] for row in story.dsp)
    often = Counter(shown.values())
    assert often[1] > often[2] > often[3] > 0
    assert 0.45 < often[1] / len(shown) < 0.8
    assert 1.2 < len(story.dsp) / len(shown) < 4


def test_a_new_customer_bought_nothing_of_the_brand_in_the_twelve_months_before(
    maker: Maker,
) -> None:
    year = range(404, 461)
    orders: dict[tuple[int, int], list[tuple[datetime, int]]] = defaultdict(list)
    for row in read(maker, "conversions", year):
        if row["ntb"]:
            orders[row["user"], row["brand"]].append((row["t"], row["ntb"]))
    new = [(key, at) for key, made in orders.items() for at, code in made if code == 2]
    assert len(new) > 50
    for key, at in new:
        assert not [t for t, _ in orders[key] if at - timedelta(days=365) < t < at]
    share = len(new) / sum(len(made) for made in orders.values())
    assert 0.15 < share < 0.75


def _local(rows: Iterable[Row], zone: str) -> list[datetime]:
    return [row["t"].replace(tzinfo=UTC).astimezone(ZoneInfo(zone)) for row in rows]


def test_days_and_hours_have_the_shape_of_their_medium(store: EventStore) -> None:
    maker = store.maker_of(SANDBOX)
    plan, story = maker.plan, story_of(maker, WEEKS[-2:])
    media = [campaign.media for campaign in plan.campaigns]
    tv, search = (
        _local((r for r in rows if media[story.campaign_of[r["ad"]]] == wanted),
               plan.instance.timezone)
        for rows, wanted in ((story.dsp, "streaming_tv"), (story.sponsored, "search"))
    )  # fmt: skip
    by_hour, shop_hour = Counter(at.hour for at in tv), Counter(at.hour for at in search)
    assert max(by_hour, key=lambda hour: by_hour[hour]) in (19, 20, 21)
    assert by_hour[20] > 5 * by_hour[4]
    assert shop_hour[13] > 3 * shop_hour[3]
    assert max(shop_hour, key=lambda hour: shop_hour[hour]) in (19, 20, 21)
    weekdays, shop_days = Counter(at.weekday() for at in tv), Counter(at.weekday() for at in search)
    assert weekdays[5] + weekdays[6] > 1.08 * (weekdays[0] + weekdays[1])
    assert shop_days[6] > shop_days[4]


def test_brands_have_sizes_of_their_own(store: EventStore, world: World) -> None:
    found = {}
    for wanted in (20_000, 5_000_000):
        instance = next(i for i in world.instances if i.events_per_month == wanted and i.has_dsp)
        maker = store.maker_of(instance.instance_id)
        rows = sum(
            pq.read_metadata(path).num_rows
            for table in ("dsp", "sponsored")
            for path in maker.need(table, [455])
        )
        found[wanted] = rows * 365.25 / 12 / 7
    for wanted, measured in found.items():
        assert 0.75 < measured / wanted < 1.3


def test_an_instance_without_dsp_has_no_dsp_row(store: EventStore, world: World) -> None:
    instance = next(i for i in world.instances if not i.has_dsp)
    maker = store.maker_of(instance.instance_id)
    assert read(maker, "dsp", WEEKS) == read(maker, "dsp_clicks", WEEKS) == []
    story = story_of(maker, WEEKS)
    assert len(story.sponsored) > 10_000
    assert len(story.attributed) > 100
    assert "dsp" not in story.products
    assert all(row["sub"] < OFF_AMAZON for row in story.conversions)


def test_only_what_a_question_needs_is_made_and_it_is_made_once(
    world: World, small: Instance, tmp_path: Path
) -> None:
    store = EventStore(world, seed=1, cache_dir=tmp_path, clock=FrozenClock(NOW))
    store.relation(small.instance_id, "dsp_impressions", ["user_id"], START, END)
    made = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    assert {path.parent.name for path in made} <= {"dsp", "dsp_clicks", "sponsored", "dims"}
    assert {path.parents[1].name for path in made} == {small.instance_id}
    # 30 days touch five or six weeks, never the thirteen months.
    assert len([path for path in made if path.parent.name == "dsp"]) <= 6
    store.relation(small.instance_id, "dsp_impressions", ["user_id"], START, END)
    store.relation(small.instance_id, "dsp_clicks", ["user_id"], START, END)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")} == made


def test_the_files_follow_from_seed_instance_and_week_alone(
    world: World, small: Instance, tmp_path: Path
) -> None:
    plan = build_plan(small)
    first, other = Maker(plan, 1, tmp_path / "a"), Maker(plan, 1, tmp_path / "b")
    another = Maker(plan, 2, tmp_path / "c")
    other.need("relevant", range(459, 461))
    for table in ("relevant", "attributed", "conversions", "sponsored", "dsp"):
        [a], [b], [c] = (m.need(table, [460]) for m in (first, other, another))
        assert a.read_bytes() == b.read_bytes() != c.read_bytes()
