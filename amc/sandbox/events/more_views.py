"""The views beyond traffic and conversions: viewability, video, segments, stores, purchases."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from amc.sandbox.events.columns import Join, View, event_tag
from amc.sandbox.events.extras import INGRESS, PAGES, WIDGETS
from amc.sandbox.events.journeys import FIRST_SNS, OFF_AMAZON, ORDER, REPEAT_SNS, SNS
from amc.sandbox.events.segments import IN_MARKET, LIFESTYLE, SEGMENTS
from amc.sandbox.events.views import (
    CONVERSION_COMMON,
    CONVERSION_JOINS,
    DSP_IMPRESSIONS,
    SALES,
    USER,
)


def _named(column: str, names: tuple[str, ...]) -> str:
    cases = "".join(f"WHEN {at} THEN '{name}' " for at, name in enumerate(names))
    return f"CASE {column} {cases}END"


_VIEW_EVENTS = (
    "(SELECT f.*, e.ev, f.t + INTERVAL 1100 MILLISECOND * e.ev AS et FROM {fact} f "
    "JOIN (VALUES (0), (1), (2), (3)) e(ev) ON CASE e.ev WHEN 0 THEN f.flags & 1 = 1 "
    "WHEN 1 THEN f.flags & 2 = 2 "
    "WHEN 2 THEN f.flags & 1 = 0 AND f.dev <> 4 AND f.n % 3 > 0 "
    "ELSE f.flags & 1 = 0 AND f.dev <> 4 AND f.n % 3 = 0 END)"
)
_EVENT_TYPES = ("MEASURABLE_IMP", "VIEW", "UNMEASURABLE_IMP", "SYNTHETIC_VIEW")
DSP_VIEWS = View(
    "dsp", "et", "t", {"event": "f.et"},
    dict(DSP_IMPRESSIONS.columns) | {
        "impression_id": event_tag("f.n"),
        "events": "1",
        "event_type": _named("f.ev", _EVENT_TYPES),
        "measurable_impressions": "(f.ev = 0)::BIGINT",
        "viewable_impressions": "(f.ev = 1)::BIGINT",
        "unmeasurable_viewable_impressions": "(f.ev >= 2)::BIGINT",
        "view_definition": "CASE WHEN f.ev = 1 THEN 'MRC' END",
    },
    DSP_IMPRESSIONS.joins, source=_VIEW_EVENTS, margin_days=(1, 0),
)  # fmt: skip

# A number from 0 to 999 for every impression: how far its video was watched.
_WATCHED = "((((f.n::UBIGINT * 179424673) % 68719476736) >> 14) % 1000)"
_TV = "(a.product_line = 'Streaming TV')"


def _video(tv: int, web: int) -> str:
    return (
        f"CASE WHEN NOT a.is_video THEN 0 WHEN {_WATCHED} < "
        f"CASE WHEN {_TV} THEN {tv} ELSE {web} END THEN 1 ELSE 0 END"
    )


_VIDEO = {
    "impression": (1000, 1000), "start": (990, 960), "first_quartile": (975, 760),
    "midpoint": (960, 610), "third_quartile": (945, 520), "complete": (930, 450),
    "click": (1, 4), "creative_view": (120, 90), "mute": (4, 210), "pause": (12, 40),
    "replay": (1, 3), "resume": (10, 32), "skip_backward": (1, 4), "skip_forward": (1, 9),
    "unmute": (2, 30),
}  # fmt: skip
DSP_VIDEO = replace(
    DSP_IMPRESSIONS,
    columns=dict(DSP_IMPRESSIONS.columns)
    | {f"video_{name}": _video(*shares) for name, shares in _VIDEO.items()},
)

_SEGMENT_COLUMNS = {
    "behavior_segment_id": "f.seg",
    "behavior_segment_matched": "((f.seg + f.ad) % 4 = 0)::BIGINT",
}
_SEGMENT = {"g": Join("segments", "g.i = f.seg")}
BY_USER_SEGMENT = replace(
    DSP_IMPRESSIONS,
    columns=dict(DSP_IMPRESSIONS.columns) | _SEGMENT_COLUMNS,
    joins={**DSP_IMPRESSIONS.joins, **_SEGMENT},
    source=f"(SELECT f.*, unnest({SEGMENTS}) AS seg FROM {{fact}} f)",  # noqa: S608
)
BY_MATCHED_SEGMENT = replace(BY_USER_SEGMENT, where="(seg + ad) % 4 = 0")

_OFF = f"f.sub >= {OFF_AMAZON}"
_CHAIN = f"f.sub IN ({SNS}, {FIRST_SNS}, {REPEAT_SNS})"
CONVERSIONS_ALL = View(
    "conversions", "t", "t", {"event": "f.t"},
    CONVERSION_COMMON | {
        "exposure_type": f"CASE WHEN {_OFF} THEN 'pixel' WHEN f.exposed THEN 'ad-exposed' "
                         "ELSE 'non-ad-exposed' END",
        "sns_subscription_id":
            f"CASE WHEN {_CHAIN} THEN md5('{{prefix}}' || f.\"user\" || '-' || f.item) END",
        "combined_sales": SALES,
    },
    CONVERSION_JOINS,
    source="(SELECT *, TRUE AS exposed FROM {fact} UNION ALL "
           "SELECT *, FALSE AS exposed FROM {unexposed})",
    others=("unexposed",),
)  # fmt: skip

_ORDERS = f"sub IN ({ORDER}, {FIRST_SNS}, {REPEAT_SNS})"
_DAY = "CAST(f.t AS DATE)"
PURCHASES = View(
    "conversions", "t", "t", {"purchase": "f.t"},
    USER | {
        "event_id": event_tag("f.n", "{prefix}C"),
        "purchase_id": f"md5('{{prefix}}' || f.\"user\" || {_DAY})",
        "purchase_session_id": f"md5('{{prefix}}s' || f.\"user\" || {_DAY})",
        "origin_session_id": f"md5('{{prefix}}o' || f.\"user\" || {_DAY} || f.item)",
        "asin": "i.asin",
        "currency_code": "'{currency}'",
        "is_business_flag": "({scrambled} >> 10) % 50 = 0",
        "is_gift_flag": "f.n % 23 = 0",
        "marketplace_id": "{marketplace_id}",
        "marketplace_name": "'{marketplace}'",
        "purchase_order_method": "CASE WHEN f.n % 5 < 3 THEN 'S' WHEN f.n % 5 = 3 THEN 'B' "
                                 "ELSE '1' END",
        "purchase_order_type":
            "CASE WHEN ({scrambled} >> 8) % 10 < 8 THEN 'Prime' ELSE 'NON_PRIME' END",
        "purchase_program_name":
            "CASE WHEN i.fresh THEN 'Amazon Fresh' ELSE 'Amazon.com' END",
        "purchase_units_sold": "f.units",
        "unit_price": "f.price / 10000.0",
    },
    {"i": Join("items", "i.i = f.item")},
    source=f"(SELECT * FROM {{fact}} WHERE {_ORDERS} UNION ALL "  # noqa: S608
           f"SELECT * FROM {{unexposed}} WHERE {_ORDERS})",
    others=("unexposed",),
    where="{is_ad_user}",
    memory=timedelta(days=5 * 365 + 30),
)  # fmt: skip

_LIVE_DAY = "CAST(f.t - INTERVAL 6 HOUR AS DATE)"
LIVE = View(
    "live", "t", "t", {"event": "f.t"},
    USER | {
        "event_id": event_tag("f.n", "{prefix}L"),
        "ad_product_type": "'amazon_live'",
        "advertiser": "i.asin_brand",
        "broadcast_date_utc": _LIVE_DAY,
        "broadcast_id": f"md5('{{prefix}}' || {_LIVE_DAY})",
        "broadcast_name": f"'Live ' || i.asin_brand || ' ' || {_LIVE_DAY}",
        "clicks": "(f.kind = 1)::BIGINT",
        "impressions": "(f.kind = 0)::BIGINT",
        "views": "(f.kind = 2)::BIGINT",
        "creative_asin": "i.asin",
        "creative_id": "700000000 + f.item",
        "site": "'amazon.com/live'",
        "slot_name": "CASE WHEN f.n % 2 = 0 THEN 'carousel-top' ELSE 'carousel-bottom' END",
    },
    {"i": Join("items", "i.i = f.item")},
)  # fmt: skip

_STORE = USER | {
    "advertiser_id": "b.advertiser_id",
    "channel": "CASE WHEN f.ingress = 4 THEN 'social' END",
    "device_type": _named("f.dev", ("Mobile_app", "Desktop", "Mobile_web", "Tablet_app",
                                    "Tablet_web", "Kindle_app")),
    "ingress_type": _named("f.ingress", INGRESS),
    "marketplace_id": "{marketplace_id}",
    "marketplace_name": "'{marketplace}'",
    "page_id": "md5(b.store_id || f.page)",
    "page_title": _named("f.page", PAGES),
    "reference_id": "CASE WHEN f.ingress = 3 THEN b.reference_id END",
    "referrer_domain": "CASE WHEN f.ingress = 4 THEN 'social.example' ELSE 'amazon.com' END",
    "session_id": "md5('{prefix}' || f.\"user\" || CAST(f.t AS DATE))",
    "visit_id": event_tag("f.visit", "{prefix}V"),
    "store_name": "b.store_name",
    "store_id": "b.store_id",
}  # fmt: skip
_BRANDS = {"b": Join("brands", "b.i = f.brand")}
STORE_PAGES = View("store_pages", "t", "t", {"event": "f.t"},
                   _STORE | {"dwell_time": "f.dwell"}, _BRANDS)  # fmt: skip
STORE_EVENTS = View(
    "store_events", "t", "t", {"event": "f.t"},
    _STORE | {
        "asin": "CASE WHEN f.widget < 5 THEN i.asin END",
        "event_type": _named("f.widget", tuple(w[0] for w in WIDGETS)),
        "event_sub_type": _named("f.widget", tuple(w[1] for w in WIDGETS)),
        "widget_type": _named("f.widget", tuple(w[2] for w in WIDGETS)),
        "widget_sub_type": _named("f.widget", tuple(f"{w[2]}_Default" for w in WIDGETS)),
    },
    _BRANDS | {"i": Join("items", "i.i = f.item")},
)  # fmt: skip

_MEMBER_COLUMNS = USER | {"segment_id": "f.seg", "segment_marketplace_id": "{marketplace_id}"}


def _membership(segments: str, *, monthly: bool) -> View:
    return View("", "day" if monthly else "", "", {},
                _MEMBER_COLUMNS | ({"snapshot_datetime": "f.day"} if monthly else {}),
                _SEGMENT, members=segments)  # fmt: skip


MEMBERSHIP: Mapping[str, View] = {
    f"audience_segments_{area}_{kind}{suffix}": _membership(segments, monthly=bool(suffix))
    for area in ("amer", "eu", "apac")
    for kind, segments in (("inmarket", IN_MARKET), ("lifestyle", LIFESTYLE))
    for suffix in ("", "_snapshot")
}
SEGMENT_METADATA = View("", "", "", {}, {"no_3p_trackers": "FALSE"},
                        {"g": Join("segments", "g.i = f.i")},
                        source="(SELECT unnest(range(1, 121)) AS i)")  # fmt: skip

MORE: Mapping[str, View] = {
    "dsp_views": DSP_VIEWS,
    "dsp_video_events_feed": DSP_VIDEO,
    "dsp_impressions_by_user_segments": BY_USER_SEGMENT,
    "dsp_impressions_by_matched_segments": BY_MATCHED_SEGMENT,
    "conversions_all": CONVERSIONS_ALL,
    "amazon_retail_purchases": PURCHASES,
    "amazon_live_traffic": LIVE,
    "amazon_brand_store_page_views": STORE_PAGES,
    "amazon_brand_store_engagement_events": STORE_EVENTS,
    "segment_metadata": SEGMENT_METADATA,
    **MEMBERSHIP,
}
"""The data sources of this module."""
