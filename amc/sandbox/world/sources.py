"""Which data sources an instance has: free, premium (paid), or not at all."""

from collections.abc import Iterable

DSP_SOURCES: frozenset[str] = frozenset(
    {
        "dsp_impressions",
        "dsp_clicks",
        "dsp_views",
        "dsp_video_events_feed",
        "dsp_impressions_by_matched_segments",
        "dsp_impressions_by_user_segments",
    }
)
FREE_SOURCES: tuple[str, ...] = (
    "amazon_attributed_events_by_conversion_time",
    "amazon_attributed_events_by_traffic_time",
    "amazon_live_traffic",
    "conversions",
    "conversions_with_relevance",
    *sorted(DSP_SOURCES),
    "sponsored_ads_traffic",
)
_AREA = {"NA": "amer", "EU": "eu", "FE": "apac"}
_LABELS = {
    "conversions_all": "CONVERSIONS_EXPOSURE_V3",
    "brand_store": "BRAND_STORE_INSIGHTS",
    "audience_segments": "AUDIENCE_SEGMENT_INSIGHTS",
    "retail_purchases": "RETAIL_PURCHASES",
}
_GROUPS = tuple(_LABELS)


def _members(group: str, region: str) -> tuple[str, ...]:
    area = _AREA[region]
    return {
        "conversions_all": ("conversions_all",),
        "brand_store": (
            "amazon_brand_store_page_views",
            "amazon_brand_store_engagement_events",
        ),
        "audience_segments": (
            f"audience_segments_{area}_inmarket",
            f"audience_segments_{area}_inmarket_snapshot",
            f"audience_segments_{area}_lifestyle",
            f"audience_segments_{area}_lifestyle_snapshot",
            "segment_metadata",
        ),
        "retail_purchases": ("amazon_retail_purchases",),
    }[group]


def premium_sources(groups: str | Iterable[str], region: str) -> tuple[str, ...]:
    """Names of the paid sources of some groups (`all`: every group) in a region.

    Raises:
        KeyError: no such group.
    """
    wanted = _GROUPS if groups == "all" else tuple(groups)
    # Retail purchases of Europe are not offered.
    return tuple(
        name
        for group in wanted
        if not (group == "retail_purchases" and region == "EU")
        for name in _members(group, region)
    )


def dataset_labels(premium: Iterable[str]) -> tuple[str, ...]:
    """Labels of the wire's optionalDatasets for these sources."""
    names = set(premium)
    return tuple(
        _LABELS[group]
        for group in _GROUPS
        if any(names.issuperset(_members(group, region)) for region in _AREA)
    )
