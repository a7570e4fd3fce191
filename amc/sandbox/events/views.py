"""The views over traffic and conversions: which fact, which window column, which expressions."""

from amc.sandbox.events.attribution import HALO_CODES
from amc.sandbox.events.columns import Join, View, event_tag
from amc.sandbox.events.journeys import CART, DETAIL, OFF_AMAZON, ORDER
from amc.sandbox.events.segments import SEGMENTS
from amc.sandbox.events.traffic import PLACEMENTS

USER = {"user_id": "{user_id}", "user_id_type": "{user_id_type}", "no_3p_trackers": "FALSE"}
_ADDRESS = "'10.' || ({scrambled} >> 24) || '.' || (({scrambled} >> 16) & 255) || '.' || "
_NETWORK = _ADDRESS + "(({scrambled} >> 8) & 255)"
IP_ADDRESS = f"md5({_NETWORK})"
CITY = "c.i = ({scrambled} >> 9) % {cities}"
_ADS = Join("ads", "a.i = f.ad")
_DEVICES = Join("devices", "v.i = f.dev")
_CITIES = Join("cities", CITY)
_PLACES = Join("places", "p.i = f.place")

# Fees as shares of the supply cost (12 %, 1.5 %), per mille for audiences (0.35 a thousand), and
# only for some line items; third parties are paid for video.
_AUDIENCE = "CASE WHEN (f.ad % 3) < 2 THEN 35000 END"
_PLATFORM = "CAST(f.cost * 0.12 AS BIGINT)"
_OCM = "CASE WHEN (f.ad % 5) = 0 THEN CAST(f.cost * 0.015 AS BIGINT) END"
_THIRD = "CASE WHEN (f.ad % 4) = 1 THEN 6000 END"
_SUM = f"(f.cost + {_PLATFORM} + coalesce({_AUDIENCE}, 0) + coalesce({_OCM}, 0) + coalesce({_THIRD}, 0))"  # fmt: skip  # noqa: E501

_DSP_COMMON = USER | {
    "request_tag": event_tag("f.n"),
    "device_id": "md5('{prefix}' || f.user)",
    "ip_address": IP_ADDRESS,
    "supply_cost": "f.cost",
    "platform_fee": _PLATFORM,
    "audience_fee": _AUDIENCE,
    "managed_service_fee": "NULL",
    "ocm_fee": _OCM,
    "third_party_fees": _THIRD,
    "impression_cost": f"{_SUM} // 1000",
    "total_cost": f"{_SUM} / 1000.0",
    "impressions": "1",
    "user_behavior_segment_ids": SEGMENTS,
    "matched_behavior_segment_ids": f"list_filter({SEGMENTS}, lambda x: (x + f.ad) % 4 = 0)",
}
_DSP_JOINS = {"a": _ADS, "p": _PLACES, "v": _DEVICES, "c": _CITIES}
_ASKED = "f.t - INTERVAL 120 MILLISECOND"

DSP_IMPRESSIONS = View("dsp", "t", "t", {"impression": "f.t", "request": _ASKED},
                       _DSP_COMMON, _DSP_JOINS)  # fmt: skip
DSP_CLICKS = View(
    "dsp_clicks", "t", "t",
    {"click": "f.t", "impression": "f.imp_t", "request": "f.imp_t - INTERVAL 120 MILLISECOND"},
    _DSP_COMMON | {"clicks": "1", "click_cost": f"{_SUM} // 1000"}, _DSP_JOINS,
)  # fmt: skip

_PLACEMENT = "CASE f.place " + "".join(
    f"WHEN {at} THEN '{name}' " for at, name in enumerate(PLACEMENTS)
) + "END"  # fmt: skip


def _bit(at: int) -> str:
    return f"(f.video >> {at}) & 1"


SPONSORED = View(
    "sponsored", "t", "t", {"event": "f.t"},
    USER | {
        "event_id": event_tag("f.n"),
        "impressions": "(f.kind = 0)::BIGINT",
        "clicks": "(f.kind = 1)::BIGINT",
        "viewable_impressions": "(f.kind = 2)::BIGINT",
        "unmeasurable_viewable_impressions": "0",
        "view_definition": "CASE WHEN f.kind = 2 THEN 'MRC' END",
        "five_sec_views": _bit(0),
        "video_first_quartile_views": _bit(1),
        "video_midpoint_views": _bit(2),
        "video_third_quartile_views": _bit(3),
        "video_complete_views": _bit(4),
        "video_unmutes": _bit(5),
        "spend": "f.spend",
        "placement_type": _PLACEMENT,
        "matched_behavior_segment_ids":
            "CASE WHEN f.n % 7 = 0 THEN CAST(({scrambled} >> 6) % 40 + 1 AS VARCHAR) END",
        "is_amazon_business":
            "CASE WHEN a.ad_product_type IN ('sponsored_products', 'sponsored_brands') "
            "THEN ({scrambled} >> 10) % 50 = 0 END",
        "ip_address": IP_ADDRESS,
    },
    {"a": _ADS, "k": Join("targets", "k.i = f.target"), "v": _DEVICES, "c": _CITIES},
)  # fmt: skip

_PRICE = "CAST(f.price AS DECIMAL(38,4)) / 10000"
SALES = "CAST(f.price * f.units / 10000.0 AS DECIMAL(38,4))"
_OFF = f"f.sub >= {OFF_AMAZON}"
_ITEM = (
    "CASE WHEN s.subtype = 'searchConversion' THEN i.keyword "
    "WHEN s.subtype = 'brandStorePageView' THEN i.store_id "
    f"WHEN {_OFF} THEN i.definition_id || f.sub ELSE i.asin END"
)
CONVERSION_COMMON = USER | {
    "conversion_id": event_tag("f.n", "{prefix}C"),
    "conversions": "1",
    "event_type": "'CONVERSION'",
    "event_category": "s.category",
    "event_subtype": "s.subtype",
    "event_type_class": "s.class",
    "event_type_description": "s.text",
    "event_source": f"CASE WHEN {_OFF} THEN 'AAT' ELSE 'RETAIL' END",
    "conversion_event_source_name": "s.source_name",
    "conversion_event_source": "s.source_name",
    "conversion_event_name": f"CASE WHEN {_OFF} THEN i.event_name END",
    "marketplace_name": f"CASE WHEN {_OFF} THEN NULL ELSE '{{marketplace}}' END",
    "marketplace_id": "{marketplace_id}",
    "new_to_brand": "CASE f.ntb WHEN 1 THEN FALSE WHEN 2 THEN TRUE END",
    "purchase_currency": "CASE WHEN f.units > 0 THEN '{currency}' END",
    "purchase_unit_price": "CASE WHEN f.units > 0 THEN f.price / 10000.0 END",
    "purchase_retail_program":
        f"CASE WHEN f.sub = {ORDER} THEN CASE WHEN i.fresh THEN 'Amazon Fresh' "
        "ELSE 'Amazon.com' END END",
    "total_product_sales": f"CASE WHEN {_OFF} THEN 0 ELSE {SALES} END",
    "total_units_sold": f"CASE WHEN {_OFF} THEN 0 ELSE f.units END",
    "off_amazon_product_sales": f"CASE WHEN {_OFF} THEN {SALES} ELSE 0 END",
    "off_amazon_conversion_value": f"CASE WHEN {_OFF} AND f.units = 0 THEN 1 ELSE 0 END",
    "combined_sales": SALES,
    "tracked_asin": f"CASE WHEN f.sub = {ORDER} THEN i.asin END",
    "tracked_item": _ITEM,
    "ip_address": IP_ADDRESS,
}  # fmt: skip
# `i` reads the subtype as well, so the subtype's table comes first.
CONVERSION_JOINS = {"s": Join("subtypes", "s.i = f.sub"), "i": Join("items", "i.i = f.item")}
CONVERSIONS = View("conversions", "t", "t", {"event": "f.t"}, CONVERSION_COMMON,
                   CONVERSION_JOINS)  # fmt: skip

_CODES = "CASE f.code " + "".join(
    f"WHEN {at} THEN '{name}' " for at, name in enumerate(HALO_CODES) if name
) + "END"  # fmt: skip
RELEVANT = View(
    "relevant", "t", "t", {"event": "f.t"},
    CONVERSION_COMMON | {
        "engagement_scope": "CASE WHEN f.code IN (3, 4, 5) THEN 'BRAND_HALO' ELSE 'PROMOTED' END",
        "halo_code": _CODES,
        "targeting": f"CASE WHEN {_OFF} THEN NULL ELSE g.matched_targeting END",
    },
    CONVERSION_JOINS | {"g": Join("campaigns", "g.i = f.campaign")},
)  # fmt: skip


def metrics() -> dict[str, str]:
    """The measures of the attributed tables: x, its halo, total, new-to-brand, clicks, views."""
    found: dict[str, str] = {}
    bases = {
        "purchases": (f"(f.sub = {ORDER})", "1", True),
        "product_sales": (f"(f.sub = {ORDER})", SALES, True),
        "units_sold": (f"(f.sub = {ORDER})", "f.units", True),
        "add_to_cart": (f"(f.sub = {CART})", "1", False),
        "detail_page_view": (f"(f.sub = {DETAIL})", "1", False),
    }
    credits_ = {"": "", "_clicks": " AND f.click = 1", "_views": " AND f.click = 0"}
    scopes = {"": " AND f.promoted = 1", "brand_halo_": " AND f.promoted = 0", "total_": ""}
    for name, (event, amount, by_customer) in bases.items():
        for scope, promoted in scopes.items():
            for suffix, credit in credits_.items():
                when = event + promoted + credit
                found[f"{scope}{name}{suffix}"] = f"CASE WHEN {when} THEN {amount} ELSE 0 END"
                if by_customer:
                    new = f"CASE WHEN {when} AND f.ntb = 2 THEN {amount} ELSE 0 END"
                    found[f"new_to_brand_{scope}{name}{suffix}"] = new
    return found
