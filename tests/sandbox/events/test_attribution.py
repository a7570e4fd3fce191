"""Credit by the reference's ranking, worked out once more in plain Python."""

from datetime import timedelta
from typing import Any

from amc.sandbox.world import Campaign, Product
from tests.sandbox.events.conftest import END, START, Asker

DAYS = timedelta(days=1)


def _events(little: Asker) -> dict[str, list[tuple[Any, ...]]]:
    """Creditable ad events by user: (time, campaign id, is a click)."""
    rows = little.ask(
        "SELECT user_id, impression_dt_utc, d.campaign_id_string, FALSE FROM {d} d JOIN {v} v "
        "ON d.request_tag = v.impression_id WHERE v.event_type = 'VIEW' UNION ALL "
        "SELECT user_id, click_dt_utc, campaign_id_string, TRUE FROM {c} UNION ALL "
        "SELECT user_id, event_dt_utc, campaign_id_string, clicks = 1 FROM {s} WHERE clicks = 1 "
        "OR (viewable_impressions = 1 AND line_item_price_type = 'VCPM' "
        "AND ad_product_type <> 'sponsored_brands')",
        d=("dsp_impressions", "user_id impression_dt_utc campaign_id_string request_tag"),
        v=("dsp_views", "impression_id event_type"),
        c=("dsp_clicks", "user_id click_dt_utc campaign_id_string"),
        s=("sponsored_ads_traffic", "user_id event_dt_utc campaign_id_string clicks "
           "viewable_impressions line_item_price_type ad_product_type"),
        start=START - timedelta(days=20), end=END,
    )  # fmt: skip
    found: dict[str, list[tuple[Any, ...]]] = {}
    for user, *rest in rows:
        found.setdefault(user, []).append(tuple(rest))
    return found


def _rank(campaign: Campaign, product: Product | None, by_asin: dict[str, Product], click: bool,
          ) -> int:  # fmt: skip
    if product is None or product.asin in campaign.asins:
        return 6 if click else 4
    if product.subcategory in {by_asin[asin].subcategory for asin in campaign.asins}:
        return 5 if click else 3
    return 2 if click else 1


def test_credit_goes_to_the_best_ranked_and_then_latest_event(little: Asker) -> None:
    plan = little.store.maker_of(little.instance_id).plan
    campaigns = {c.campaign_id_string: c for c in plan.campaigns}
    products = {p.asin: p for p in plan.instance.products}
    seller = plan.instance.brands[0].seller
    events = _events(little)
    conversions = little.ask(
        "SELECT user_id, event_dt_utc, event_subtype, tracked_item FROM {c} "
        "WHERE user_id IS NOT NULL", c=("conversions",
                                        "user_id event_dt_utc event_subtype tracked_item"),
    )  # fmt: skip
    expected = set()
    for user, at, subtype, item in conversions:
        product = products.get(item)
        fits = []
        for t, campaign_id, click in events.get(user, []):
            campaign = campaigns[campaign_id]
            short = seller and campaign.ad_product == "sponsored_products"
            if not timedelta(0) < at - t <= (7 if short else 14) * DAYS:
                continue
            if campaign.ad_product == "sponsored_brands" and subtype == "shoppingCart":
                continue
            fits.append((_rank(campaign, product, products, click), t, campaign_id, click))
        if fits:
            _, t, campaign_id, click = max(fits)
            expected.add((user, at, subtype, item, t, campaign_id, "AD_CLICK" if click else
                          "AD_IMP"))  # fmt: skip
    found = little.ask(
        "SELECT user_id, conversion_event_dt_utc, conversion_event_subtype, tracked_item, "
        "traffic_event_dt_utc, campaign_id_string, traffic_event_subtype FROM {a} "
        "WHERE user_id IS NOT NULL",
        a=("amazon_attributed_events_by_conversion_time",
           "user_id conversion_event_dt_utc conversion_event_subtype tracked_item "
           "traffic_event_dt_utc campaign_id_string traffic_event_subtype"),
    )  # fmt: skip
    assert len(found) > 500
    assert set(found) == expected


def test_promoted_rows_are_those_of_promoted_products(sandbox: Asker) -> None:
    plan = sandbox.store.maker_of(sandbox.instance_id).plan
    promoted = {c.campaign_id_string: set(c.asins) for c in plan.campaigns}
    rows = sandbox.ask(
        "SELECT campaign_id_string, tracked_asin, purchases, brand_halo_purchases FROM {a} "
        "WHERE conversion_event_subtype = 'order'",
        a=("amazon_attributed_events_by_traffic_time", "campaign_id_string tracked_asin purchases "
           "brand_halo_purchases conversion_event_subtype"),
    )  # fmt: skip
    assert len(rows) > 200
    for campaign, asin, own, halo in rows:
        assert (own, halo) == ((1, 0) if asin in promoted[campaign] else (0, 1))


def test_conversions_of_a_brand_are_credited_to_its_own_campaigns(sandbox: Asker) -> None:
    plan = sandbox.store.maker_of(sandbox.instance_id).plan
    brand_of = {p.asin: p.brand for p in plan.instance.products}
    rows = sandbox.ask(
        "SELECT DISTINCT advertiser, tracked_item FROM {a} WHERE conversion_event_subtype = "
        "'detailPageView'",
        a=("amazon_attributed_events_by_traffic_time",
           "advertiser tracked_item conversion_event_subtype"),
    )  # fmt: skip
    assert len({row[0] for row in rows}) == 3
    assert all(brand_of[item] == advertiser for advertiser, item in rows)


def test_halo_codes_go_from_close_to_distant(sandbox: Asker) -> None:
    rows = sandbox.ask(
        "SELECT engagement_scope, halo_code, event_category, count(*) FROM {r} GROUP BY ALL",
        r=("conversions_with_relevance", "engagement_scope halo_code event_category"),
    )
    codes = {(scope, code) for scope, code, _, _ in rows}
    assert codes == {
        ("PROMOTED", "TRACKED_ASIN"), ("PROMOTED", "BRAND_KEYWORD"), ("PROMOTED", None),
        ("BRAND_HALO", "BRAND_SUBCATEGORY"), ("BRAND_HALO", "BRAND_CATEGORY"),
        ("BRAND_HALO", "BRAND_GL_PRODUCT"),
    }  # fmt: skip
    assert all(category == "off-Amazon" for _, code, category, _ in rows if code is None)
