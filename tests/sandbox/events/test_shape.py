"""The data have the shape of real data: sizes, seasons, hours, prices, rates."""

from datetime import UTC, datetime, timedelta

import numpy as np

from amc.sandbox.events import EventStore
from amc.sandbox.events.plan import build_plan
from amc.sandbox.events.traffic import make_traffic
from amc.sandbox.world import World
from tests.sandbox.events.conftest import END, NOW, START, Asker


def test_an_instance_has_the_events_it_says(world: World) -> None:
    week = 455  # an ordinary week in September 2026
    for instance in world.instances[2:30:6]:
        made = make_traffic(build_plan(instance), 1, week)
        rows = len(made.dsp["t"]) + len(made.sponsored["t"])
        assert 0.75 < rows * 30.4 / 7 / instance.events_per_month < 1.3, instance.name


def test_prime_day_and_november_are_busier(little: Asker) -> None:
    days = little.ask(
        "SELECT CAST(event_dt_utc AS DATE), count(*) FROM {s} GROUP BY 1",
        s=("sponsored_ads_traffic", "event_dt_utc"),
        start=NOW - timedelta(days=396), end=END,
    )  # fmt: skip
    by_day = dict(days)
    usual = np.median(list(by_day.values()))
    prime = [n for day, n in by_day.items() if day.month == 7 and day.day in (11, 12)]
    friday = [n for day, n in by_day.items() if day.month == 11 and 25 <= day.day <= 29]
    assert min(prime) > 1.6 * usual
    assert np.mean(friday) > 1.5 * usual
    assert len(by_day) >= 390


def test_evenings_are_for_television_and_nights_are_quiet(sandbox: Asker) -> None:
    hours = dict(
        sandbox.ask(
            "SELECT impression_hour, count(*) FROM {d} WHERE campaign LIKE '%STV_Awareness' "
            "GROUP BY 1", d=("dsp_impressions", "impression_hour campaign"),
        )
    )  # fmt: skip
    assert hours[20] > 2 * hours[12] > 4 * hours[4]


def test_spend_follows_the_price_type(sandbox: Asker) -> None:
    rows = sandbox.ask(
        "SELECT line_item_price_type, impressions, clicks, viewable_impressions, count(*), "
        "count(*) FILTER (spend > 0), median(spend) / 1e8, count(DISTINCT ad_product_type) "
        "FROM {s} GROUP BY 1, 2, 3, 4",
        s=("sponsored_ads_traffic", "line_item_price_type impressions clicks viewable_impressions "
           "spend ad_product_type"),
    )  # fmt: skip
    for price_type, impression, click, view, count, paid, median, _ in rows:
        assert impression + click + view == 1
        if (price_type, click) == ("CPC", 1):
            assert paid == count
            assert 0.3 < median < 2.5
        elif (price_type, view) == ("VCPM", 1):
            assert paid == count
        else:
            assert paid == 0


def test_dsp_costs_add_up_in_their_units(sandbox: Asker) -> None:
    fees = "coalesce(platform_fee, 0) + coalesce(audience_fee, 0) + coalesce(ocm_fee, 0) + " \
           "coalesce(third_party_fees, 0) + coalesce(managed_service_fee, 0)"  # fmt: skip
    [(rows, wrong, cpm)] = sandbox.ask(
        f"SELECT count(*), count(*) FILTER (impression_cost <> (supply_cost + {fees}) // 1000 OR "
        f"abs(total_cost - (supply_cost + {fees}) / 1000.0) > 0.001 OR impressions <> 1), "
        "sum(total_cost) / 1e5 / count(*) * 1000 FROM {d}",
        d=("dsp_impressions", "impression_cost total_cost supply_cost platform_fee audience_fee "
           "ocm_fee third_party_fees managed_service_fee impressions"),
    )  # fmt: skip
    assert rows > 10_000
    assert wrong == 0
    assert 2 < cpm < 25


def test_rates_lie_in_the_ranges_of_the_reference(sandbox: Asker) -> None:
    [(events, users, unresolved, ad_users)] = sandbox.ask(
        "SELECT count(*), count(DISTINCT user_id), count(*) FILTER (user_id IS NULL) / count(*), "
        "count(*) FILTER (user_id_type = 'adUserId') / count(user_id) FROM {d}",
        d=("dsp_impressions", "user_id user_id_type"),
    )
    assert 1.5 < events / users < 6
    assert 0.005 < unresolved < 0.06
    assert 0.84 < ad_users < 0.95
    kinds = dict(
        sandbox.ask(
            "SELECT ad_product_type, sum(clicks) / sum(impressions) FROM {s} GROUP BY 1",
            s=("sponsored_ads_traffic", "ad_product_type impressions clicks"),
        )
    )
    assert 0.003 < kinds["sponsored_products"] < 0.03
    assert 0.0013 < kinds["sponsored_brands"] < 0.01
    assert 0.001 < kinds["sponsored_display"] < 0.006
    seen = dict(sandbox.ask("SELECT event_type, count(*) FROM {v} GROUP BY 1",
                            v=("dsp_views", "event_type")))  # fmt: skip
    assert 0.21 < seen["VIEW"] / seen["MEASURABLE_IMP"] < 0.8


def test_small_instances_have_enough_users_for_reports_by_campaign(
    store: EventStore, world: World
) -> None:
    for instance in (i for i in world.instances if i.events_per_month == 20_000):
        asker = Asker(store, instance.instance_id)
        rows = asker.ask(
            "SELECT campaign, count(DISTINCT user_id), sum(impressions) FROM {s} GROUP BY 1",
            s=("sponsored_ads_traffic", "campaign user_id impressions"),
        )
        assert sum(users >= 100 for _, users, _ in rows) >= len(rows) - 1
        carts, buyers = asker.ask(
            "SELECT count(DISTINCT user_id) FILTER (event_subtype = 'shoppingCart'), "
            "count(DISTINCT user_id) FILTER (event_subtype = 'order') FROM {c}",
            c=("conversions", "user_id event_subtype"),
        )[0]
        assert carts > 100
        assert buyers > 50
        asker.db.close()


def test_carts_are_abandoned_and_page_views_lead_the_way(sandbox: Asker) -> None:
    counts = dict(sandbox.ask("SELECT event_subtype, count(*) FROM {c} GROUP BY 1",
                              c=("conversions", "event_subtype")))  # fmt: skip
    assert counts["detailPageView"] > 2 * counts["shoppingCart"] > 2 * counts["order"] > 100
    assert {"54", "134", "searchConversion", "snsSubscription"} <= set(counts)


def test_unexposed_shoppers_are_marked_and_never_saw_an_ad(sandbox: Asker) -> None:
    rows = dict(sandbox.ask("SELECT exposure_type, count(DISTINCT user_id) FROM {c} GROUP BY 1",
                            c=("conversions_all", "exposure_type user_id")))  # fmt: skip
    assert rows["non-ad-exposed"] > rows["ad-exposed"] > rows["pixel"] > 0
    [(both,)] = sandbox.ask(
        "SELECT count(*) FROM {c} WHERE exposure_type = 'non-ad-exposed' AND user_id IN "
        "(SELECT user_id FROM {d} UNION ALL SELECT user_id FROM {s})",
        c=("conversions_all", "exposure_type user_id"), d=("dsp_impressions", "user_id"),
        s=("sponsored_ads_traffic", "user_id"),
    )  # fmt: skip
    assert both == 0


def test_conversions_all_holds_the_conversions(sandbox: Asker) -> None:
    [(exposed, known)] = sandbox.ask(
        "SELECT (SELECT count(*) FROM {a} WHERE exposure_type <> 'non-ad-exposed'), "
        "(SELECT count(*) FROM {a} SEMI JOIN {c} USING (conversion_id))",
        a=("conversions_all", "exposure_type conversion_id"), c=("conversions", "conversion_id"),
    )  # fmt: skip
    assert exposed == known > 1000


def test_retail_purchases_go_back_further_than_the_ad_tables(sandbox: Asker) -> None:
    [(rows, kinds, orders)] = sandbox.ask(
        "SELECT count(*), list(DISTINCT user_id_type), count(DISTINCT event_id) FROM {p}",
        p=("amazon_retail_purchases", "user_id_type event_id"),
        start=datetime(2025, 6, 2, tzinfo=UTC), end=datetime(2025, 6, 16, tzinfo=UTC),
    )  # fmt: skip
    assert rows == orders > 50
    assert kinds == ["adUserId"]


def test_segment_tables_agree(sandbox: Asker) -> None:
    week = {"start": datetime(2026, 11, 2, tzinfo=UTC), "end": datetime(2026, 11, 9, tzinfo=UTC)}
    matched, targeted, impressions, arrays = (
        sandbox.ask(sql, **week, t=table)[0][0]
        for sql, table in (
            ("SELECT count(*) FROM {t}",
             ("dsp_impressions_by_matched_segments", "behavior_segment_id")),
            ("SELECT sum(behavior_segment_matched) FROM {t}",
             ("dsp_impressions_by_user_segments", "behavior_segment_matched")),
            ("SELECT count(*) FROM {t}", ("dsp_impressions", "impressions")),
            ("SELECT sum(len(matched_behavior_segment_ids)) FROM {t}",
             ("dsp_impressions", "matched_behavior_segment_ids")),
        )
    )  # fmt: skip
    assert matched == targeted == arrays
    assert 0 < matched < impressions * 3


def test_snapshots_are_of_first_thursdays(sandbox: Asker) -> None:
    days = sandbox.ask(
        "SELECT snapshot_datetime, count(DISTINCT user_id) FROM {m} GROUP BY 1 ORDER BY 1",
        m=("audience_segments_amer_inmarket_snapshot", "snapshot_datetime user_id"),
        start=datetime(2026, 8, 15, tzinfo=UTC), end=END,
    )  # fmt: skip
    assert [f"{day:%Y-%m-%d %a}" for day, _ in days] == [
        "2026-09-03 Thu", "2026-10-01 Thu", "2026-11-05 Thu"]  # fmt: skip
    assert all(users > 50_000 for _, users in days)
    assert days[0][0] < START.date()
