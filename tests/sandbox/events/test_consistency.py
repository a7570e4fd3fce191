"""The tables tell one story: impression before click before conversion, for the same person."""

from datetime import UTC, datetime, timedelta

from tests.sandbox.events.conftest import END, NOW, START, Asker

SIXTY = {"start": END - timedelta(days=60), "end": END}


def test_every_dsp_click_has_its_impression(sandbox: Asker) -> None:
    [(clicks, orphans, early)] = sandbox.ask(
        "SELECT count(*), count(*) FILTER (i.request_tag IS NULL), "
        "count(*) FILTER (c.click_dt_utc <= i.impression_dt_utc) "
        "FROM {c} c LEFT JOIN {i} i ON c.request_tag = i.request_tag AND c.campaign = i.campaign "
        "AND c.user_id IS NOT DISTINCT FROM i.user_id",
        c=("dsp_clicks", "request_tag click_dt_utc user_id campaign"),
        i=("dsp_impressions", "request_tag impression_dt_utc user_id campaign"),
        start=datetime(2026, 10, 19, tzinfo=UTC),
        end=datetime(2026, 11, 16, tzinfo=UTC),
    )
    assert clicks > 100
    assert (orphans, early) == (0, 0)


def test_every_sponsored_click_and_view_has_its_impression(sandbox: Asker) -> None:
    maker = sandbox.store.maker_of(sandbox.instance_id)
    [path] = maker.need("sponsored", [460])
    rows = sandbox.db.execute(
        "SELECT count(*), count(*) FILTER (i.n IS NULL OR i.kind <> 0 OR i.t >= e.t "
        'OR i."user" <> e."user" OR i.ad <> e.ad) FROM read_parquet(?) e '
        "LEFT JOIN read_parquet(?) i ON e.imp = i.n WHERE e.kind > 0",
        [str(path), str(path)],
    ).fetchone()
    assert rows[0] > 100
    assert rows[1] == 0


def test_every_view_event_belongs_to_an_impression(sandbox: Asker) -> None:
    rows = sandbox.ask(
        "SELECT v.event_type, count(*), count(i.request_tag), sum(v.measurable_impressions + "
        "v.viewable_impressions + v.unmeasurable_viewable_impressions) FROM {v} v "
        "LEFT JOIN {i} i ON v.impression_id = i.request_tag GROUP BY 1",
        v=("dsp_views", "impression_id event_type measurable_impressions viewable_impressions "
                        "unmeasurable_viewable_impressions"),
        i=("dsp_impressions", "request_tag"),
        start=datetime(2026, 11, 9, tzinfo=UTC), end=datetime(2026, 11, 16, tzinfo=UTC),
    )  # fmt: skip
    assert {row[0] for row in rows} == {"MEASURABLE_IMP", "VIEW", "UNMEASURABLE_IMP",
                                        "SYNTHETIC_VIEW"}  # fmt: skip
    for kind, events, found, flags in rows:
        assert flags == events, kind
        assert found >= events - 1, kind  # the last second's view may lie over the edge


def test_attributed_conversions_have_their_dsp_event_within_14_days(sandbox: Asker) -> None:
    tags = sandbox.ask(
        "WITH ev AS (SELECT request_tag, user_id, campaign, impression_dt_utc AS t, 'AD_IMP' AS k "
        "FROM {i} UNION ALL SELECT request_tag, user_id, campaign, click_dt_utc, 'AD_CLICK' "
        "FROM {c})"
        "SELECT count(*), count(ev.t), max(a.conversion_event_dt_utc - a.traffic_event_dt_utc), "
        "min(a.conversion_event_dt_utc - a.traffic_event_dt_utc) FROM {a} a LEFT JOIN ev ON "
        "a.request_tag = ev.request_tag AND a.traffic_event_subtype = ev.k "
        "AND a.traffic_event_dt_utc = ev.t AND a.campaign = ev.campaign "
        "AND a.user_id IS NOT DISTINCT FROM ev.user_id WHERE a.request_tag IS NOT NULL",
        a=("amazon_attributed_events_by_traffic_time",
           "request_tag traffic_event_subtype traffic_event_dt_utc conversion_event_dt_utc "
           "campaign user_id"),
        i=("dsp_impressions", "request_tag user_id campaign impression_dt_utc"),
        c=("dsp_clicks", "request_tag user_id campaign click_dt_utc"),
    )  # fmt: skip
    [(total, found, longest, shortest)] = tags
    assert total > 500
    assert found == total
    assert timedelta(0) < shortest
    assert longest <= timedelta(days=14)


def test_attributed_conversions_have_their_sponsored_event_within_14_days(sandbox: Asker) -> None:
    [(total, found, longest, views)] = sandbox.ask(
        "SELECT count(*), count(e.event_id), max(a.conversion_event_dt_utc - "
        "a.traffic_event_dt_utc), count(*) FILTER (a.traffic_event_subtype = 'AD_IMP' AND "
        "(e.viewable_impressions = 0 OR e.line_item_price_type <> 'VCPM')) "
        "FROM {a} a LEFT JOIN {e} e ON a.traffic_event_id = e.event_id AND a.campaign_id_string = "
        "e.campaign_id_string AND a.user_id IS NOT DISTINCT FROM e.user_id "
        "AND (e.clicks = 1) = (a.traffic_event_subtype = 'AD_CLICK') "
        "WHERE a.request_tag IS NULL",
        a=("amazon_attributed_events_by_traffic_time",
           "request_tag traffic_event_id traffic_event_subtype traffic_event_dt_utc "
           "conversion_event_dt_utc campaign_id_string user_id"),
        e=("sponsored_ads_traffic", "event_id campaign_id_string user_id clicks "
                                    "viewable_impressions line_item_price_type"),
    )  # fmt: skip
    assert total > 300
    assert found == total
    assert longest <= timedelta(days=14)
    assert views == 0


def test_conversions_hold_everything_that_is_attributed(sandbox: Asker) -> None:
    [(total, found)] = sandbox.ask(
        "SELECT count(*), count(c.k) FROM (SELECT *, conversion_event_subtype AS s FROM {a}) a "
        "LEFT JOIN (SELECT *, 1 AS k FROM {c}) c ON a.conversion_event_dt_utc = c.event_dt_utc "
        "AND a.s = c.event_subtype AND a.tracked_item = c.tracked_item "
        "AND a.user_id IS NOT DISTINCT FROM c.user_id AND a.combined_sales = c.combined_sales",
        a=("amazon_attributed_events_by_conversion_time",
           "conversion_event_dt_utc conversion_event_subtype tracked_item user_id combined_sales"),
        c=("conversions", "event_dt_utc event_subtype tracked_item user_id combined_sales"),
    )  # fmt: skip
    [(conversions,)] = sandbox.ask("SELECT count(*) FROM {c}", c=("conversions", "conversions"))
    assert 1000 < total < conversions
    assert found >= total


def test_relevance_repeats_conversions_by_campaign_and_agrees_with_them(sandbox: Asker) -> None:
    [(rows, distinct, pairs, unknown)] = sandbox.ask(
        "SELECT count(*), count(DISTINCT r.conversion_id), "
        "count(DISTINCT (r.conversion_id, r.campaign_id_string)), "
        "count(*) FILTER (c.conversion_id IS NULL) FROM {r} r LEFT JOIN {c} c "
        "ON r.conversion_id = c.conversion_id AND r.event_dt_utc = c.event_dt_utc "
        "AND r.user_id IS NOT DISTINCT FROM c.user_id AND r.total_product_sales = "
        "c.total_product_sales",
        r=("conversions_with_relevance",
           "conversion_id campaign_id_string event_dt_utc user_id total_product_sales"),
        c=("conversions", "conversion_id event_dt_utc user_id total_product_sales"),
    )  # fmt: skip
    assert unknown == 0
    assert rows == pairs > distinct


def test_conversions_follow_an_ad_event_within_28_days(little: Asker) -> None:
    [(total, exposed)] = little.ask(
        "SELECT count(*), count(*) FILTER (EXISTS (SELECT 1 FROM ev WHERE ev.user_id = c.user_id "
        "AND ev.t < c.event_dt_utc AND c.event_dt_utc - ev.t <= INTERVAL 28 DAY)) "
        "FROM {c} c WHERE c.user_id IS NOT NULL".replace(
            "FROM ev",
            "FROM (SELECT user_id, impression_dt_utc AS t FROM {i} UNION ALL "
            "SELECT user_id, event_dt_utc FROM {e}) ev",
        ).replace("{c}", little.table("conversions", ["user_id", "event_dt_utc"])),
        i=("dsp_impressions", "user_id impression_dt_utc"),
        e=("sponsored_ads_traffic", "user_id event_dt_utc"),
        **SIXTY,
    )
    assert total > 300
    assert exposed == total


def test_new_to_brand_means_no_order_in_the_twelve_months_before(little: Asker) -> None:
    [(new, wrong, late)] = little.ask(
        "SELECT count(*) FILTER (new_to_brand), count(*) FILTER (new_to_brand AND before IS NOT "
        "NULL AND event_dt_utc - before < INTERVAL 365 DAY), count(*) FILTER (NOT new_to_brand) "
        "FROM (SELECT *, lag(event_dt_utc) OVER (PARTITION BY user_id ORDER BY event_dt_utc) "
        "AS before FROM {c} WHERE event_subtype = 'order' AND user_id IS NOT NULL)",
        c=("conversions", "user_id event_dt_utc event_subtype new_to_brand"),
        start=NOW - timedelta(days=396),
        end=END,
    )
    assert new > 100
    assert late > 100
    assert wrong == 0


def test_both_attributed_tables_hold_the_same_pairs(sandbox: Asker) -> None:
    columns = ["conversion_event_dt_utc", "traffic_event_dt_utc", "campaign", "tracked_item"]
    wide = (START - timedelta(days=20), END)
    by_conversion = sandbox.table("amazon_attributed_events_by_conversion_time", columns, *wide)
    by_traffic = sandbox.table("amazon_attributed_events_by_traffic_time", columns, *wide)
    inside = (
        f"traffic_event_dt_utc >= '{START:%Y-%m-%d}' AND conversion_event_dt_utc < '{END:%Y-%m-%d}'"
    )
    texts = [
        sandbox.db.execute(f"SELECT * FROM {r} WHERE {inside} ORDER BY ALL").fetchall()
        for r in (by_conversion, by_traffic)
    ]
    assert len(texts[0]) > 1000
    assert texts[0] == texts[1]


def test_metrics_are_promoted_or_halo_and_by_click_or_view(sandbox: Asker) -> None:
    [(rows, wrong)] = sandbox.ask(
        "SELECT count(*), count(*) FILTER (purchases + brand_halo_purchases <> total_purchases OR "
        "purchases_clicks + purchases_views <> purchases OR new_to_brand_total_purchases <> "
        "new_to_brand_purchases + new_to_brand_brand_halo_purchases OR "
        "(total_purchases = 1) <> (conversion_event_subtype = 'order') OR "
        "impressions + clicks <> 1 OR combined_sales <> total_product_sales + "
        "off_amazon_product_sales OR (clicks = 1 AND total_product_sales_views > 0)) FROM {a}",
        a=("amazon_attributed_events_by_traffic_time",
           "purchases brand_halo_purchases total_purchases purchases_clicks purchases_views "
           "new_to_brand_total_purchases new_to_brand_purchases new_to_brand_brand_halo_purchases "
           "conversion_event_subtype impressions clicks combined_sales total_product_sales "
           "off_amazon_product_sales total_product_sales_views"),
    )  # fmt: skip
    assert rows > 1000
    assert wrong == 0


def test_columns_of_the_other_ad_product_are_null_in_attributed_rows(sandbox: Asker) -> None:
    for filled, empty in (
        ("ad_product_type IS NULL", "traffic_event_id targeting placement_type match_type"),
        ("ad_product_type IS NOT NULL", "advertiser_id line_item_id city_name deal_id request_tag"),
    ):
        tests = " + ".join(f"count({name})" for name in empty.split())
        [(rows, wrong)] = sandbox.ask(
            f"SELECT count(*), {tests} FROM {{a}} WHERE {filled}",
            a=("amazon_attributed_events_by_traffic_time", f"ad_product_type {empty}"),
        )
        assert rows > 100
        assert wrong == 0
