"""The two attributed tables: one fact, cut by the conversion's clock or by the traffic's."""

from collections.abc import Mapping

from amc.sandbox.events.columns import Join, View, event_tag
from amc.sandbox.events.traffic import PLACEMENTS
from amc.sandbox.events.views import (
    CITY,
    CONVERSION_COMMON,
    CONVERSION_JOINS,
    metrics,
)

_DSP = "f.ad < {dsp_ads}"
_EVENT_COLUMNS = {
    f"conversion_{name}": text
    for name, text in CONVERSION_COMMON.items()
    if name.startswith("event_")
}
_NEVER = (
    "appstore_first_opens", "appstore_first_session_hours", "appstore_opens",
    "appstore_repeat_opens", "appstore_repeat_session_hours", "appstore_usage_hours",
    "digital_app_subscription_signup_purchases",
    "digital_free_trial_app_subscription_signup_purchases",
    "digital_free_trial_subscription_signup_purchases",
    "digital_paid_app_subscription_signup_purchases",
    "digital_paid_subscription_signup_purchases", "digital_subscription_signup_purchases",
)  # fmt: skip
_SHARED = ("new_to_brand", "purchase_currency", "purchase_unit_price", "purchase_retail_program",
           "off_amazon_product_sales", "off_amazon_conversion_value", "combined_sales",
           "tracked_asin", "tracked_item", "conversions", "user_id", "user_id_type",
           "no_3p_trackers", "ip_address", "conversion_event_source_name",
           "conversion_event_name", "event_source")  # fmt: skip


def _columns() -> Mapping[str, str]:
    found = {name: CONVERSION_COMMON[name] for name in _SHARED if name in CONVERSION_COMMON}
    found |= _EVENT_COLUMNS | metrics()
    for name in _NEVER:
        found |= {f"{name}{suffix}": "0" for suffix in ("", "_clicks", "_views")}
    tag = event_tag("f.traffic_n")
    return found | {
        "conversion_event_marketplace_name": CONVERSION_COMMON["marketplace_name"],
        "traffic_event_marketplace_name": "'{marketplace}'",
        "traffic_event_type": "'TRAFFIC'",
        "traffic_event_subtype": "CASE WHEN f.click = 1 THEN 'AD_CLICK' ELSE 'AD_IMP' END",
        "impressions": "1 - f.click",
        "clicks": "f.click",
        "request_tag": f"CASE WHEN {_DSP} THEN {tag} END",
        "traffic_event_id": f"CASE WHEN {_DSP} THEN NULL ELSE {tag} END",
        "supply_cost": f"CASE WHEN {_DSP} THEN f.cost END",
        "platform_fee": f"CASE WHEN {_DSP} THEN CAST(f.cost * 0.12 AS BIGINT) END",
        "audience_fee": f"CASE WHEN {_DSP} AND f.ad % 3 < 2 THEN 35000 END",
        "click_cost": f"CASE WHEN f.click = 1 AND NOT ({_DSP}) THEN f.cost // 1000 "
                      f"WHEN f.click = 1 THEN f.cost * 112 // 100000 END",
        "placement_type": "CASE WHEN " + _DSP + " THEN NULL ELSE " + _placement() + " END",
        "is_amazon_business":
            "CASE WHEN a.ad_product_type IN ('sponsored_products', 'sponsored_brands') "
            "THEN ({scrambled} >> 10) % 50 = 0 END",
        "advertiser_id": "a.advertiser_id",
        "line_item_id": "CASE WHEN a.ad_product_type IS NULL THEN a.line_item_id END",
        "creative_id": "CASE WHEN a.ad_product_type IS NULL THEN a.creative_id END",
        "creative": "CASE WHEN a.ad_product_type IS NULL THEN a.creative END",
        "creative_category": "CASE WHEN a.ad_product_type IS NULL THEN a.creative_category END",
        "creative_duration": "CASE WHEN a.ad_product_type IS NULL THEN a.creative_duration END",
        "creative_size": "CASE WHEN a.ad_product_type IS NULL THEN a.creative_size END",
        "creative_type": "CASE WHEN a.ad_product_type IS NULL THEN a.creative_type END",
    }  # fmt: skip


def _placement() -> str:
    cases = "".join(f"WHEN {at} THEN '{name}' " for at, name in enumerate(PLACEMENTS))
    return f"CASE f.place {cases}END"


_FAMILIES = {
    "conversion_event": "f.t",
    "traffic_event": "f.traffic_t",
    "impression": "CASE WHEN f.click = 0 THEN f.traffic_t END",
    "click": "CASE WHEN f.click = 1 THEN f.traffic_t END",
}
_JOINS = {
    **CONVERSION_JOINS,
    "a": Join("ads", "a.i = f.ad"),
    "p": Join("places", "p.i = f.place", only=_DSP),
    "v": Join("devices", "v.i = f.dev"),
    "c": Join("cities", CITY, only=_DSP),
    "k": Join("targets", "k.i = f.target", only=f"NOT ({_DSP})"),
}
BY_CONVERSION = View("attributed", "t", "t", _FAMILIES, _columns(), _JOINS)
BY_TRAFFIC = View("attributed", "traffic_t", "t", _FAMILIES, _columns(), _JOINS,
                  margin_days=(0, 15))  # fmt: skip
