"""The dimension tables of advertising: campaigns, and creative x ad group x campaign."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from amc.sandbox.events.plan import Ad, Plan
from amc.sandbox.world import AdGroup, Brand, Campaign, Creative
from amc.sandbox.world.stable import digits, number

Row = dict[str, Any]

MICROCENTS, MILLICENTS = 100_000_000, 100_000
_PRODUCT_LINES = {
    "display": "Display",
    "online_video": "Online video",
    "streaming_tv": "Streaming TV",
    "audio": "Audio",
}


def _end(campaign: Campaign) -> date:
    """The last day; campaigns that are always on are booked for ten years."""
    return campaign.end_date or campaign.start_date + timedelta(days=3650)


def _instants(name: str, day: date, zone: str, *, suffix: str = "date") -> Row:
    """A date at its local midnight: `<name>_<suffix>` local, `…_utc` in UTC."""
    local = datetime.combine(day, time())
    utc = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)
    return {f"{name}_{suffix}": local, f"{name}_{suffix}_utc": utc}


def _dates(name: str, start: date, end: date, zone: str) -> Row:
    found: Row = {}
    for suffix in ("date", "dt"):
        found |= _instants(f"{name}_start", start, zone, suffix=suffix)
        found |= _instants(f"{name}_end", end, zone, suffix=suffix)
    return found


def _brand_of(plan: Plan, campaign: Campaign) -> Brand:
    return next(b for b in plan.instance.brands if b.name == campaign.brand)


def campaign_row(plan: Plan, at: int) -> Row:
    """What is known of a campaign."""
    campaign, instance = plan.campaigns[at], plan.instance
    brand, market, key = _brand_of(plan, campaign), instance.market, campaign.campaign_id
    dsp = campaign.ad_product == "dsp"
    budget = int(campaign.daily_budget * (30 if dsp else 1) * MILLICENTS)
    end = _end(campaign)
    return {
        "i": at,
        "campaign": campaign.name,
        "campaign_id": int(campaign.campaign_id),
        "campaign_id_string": campaign.campaign_id_string,
        "campaign_id_internal": int(digits(16, "internal", key)),
        "campaign_budget_amount": budget,
        "campaign_budget_type": "DAILY_BUDGET",
        "campaign_country": market.country,
        "campaign_insertion_order_id": digits(12, "insertion order", key),
        "campaign_primary_goal": campaign.goal,
        "campaign_sales_type": "BILLABLE",
        "campaign_source": "Amazon DSP" if dsp else "Advertising console",
        "campaign_status": "ENDED" if campaign.end_date else ("RUNNING" if dsp else "ENABLED"),
        "campaign_flight_id": int(digits(15, "flight", key)),
        "campaign_flight_name": f"{campaign.name} Flight 1",
        "campaign_flight_budget_amount": budget,
        "campaign_flight_start_date_utc": datetime.combine(campaign.start_date, time()),
        "campaign_flight_end_date_utc": datetime.combine(end, time()),
        "ad_product_type": None if dsp else campaign.ad_product,
        "product_line": _PRODUCT_LINES.get(campaign.media, "Sponsored ads"),
        "line_item_price_type": campaign.price_type,
        "matched_targeting": campaign.ad_groups[0].keywords[0].text,
        **_dates("campaign", campaign.start_date, end, instance.timezone),
        **_advertiser_row(plan, brand, dsp=dsp),
    }


def _advertiser_row(plan: Plan, brand: Brand, *, dsp: bool) -> Row:
    """What is the same for all campaigns of a brand in one ad product."""
    instance, market = plan.instance, plan.instance.market
    return {
        "advertiser": brand.name,
        "advertiser_id": int(brand.dsp_advertiser_id) if dsp and brand.dsp_advertiser_id else None,
        "advertiser_id_internal": int(digits(12, "advertiser internal", brand.slug)),
        "advertiser_country": market.country,
        "advertiser_timezone": instance.timezone,
        "entity_id": brand.entity_id,
        "currency_iso_code": market.currency,
        "currency_name": market.currency_name,
        "portfolio_id": int(digits(14, "portfolio", brand.slug)),
        "portfolio_name": f"{brand.name} portfolio",
        "merchant_id": number("merchant", brand.slug, below=10**10),
        "demand_channel": "Self-service" if plan.instance.kind == "SANDBOX" else "Managed",
        "demand_channel_owner": plan.instance.canonical_name,
        "marketplace_name": market.domain,
        "marketplace_id": market.number,
        "segment_marketplace_id": market.number,
        "advertiser_account_frequency_group_ids": [int(digits(9, "group", brand.slug))],
        "manager_account_frequency_group_ids": [int(digits(9, "group", instance.entity_id))],
    }


def _group_row(plan: Plan, campaign: Campaign, group: AdGroup) -> Row:
    dsp, zone = campaign.ad_product == "dsp", plan.instance.timezone
    status = ("ENDED" if dsp else "PAUSED") if campaign.end_date else "ENABLED"
    dates = _dates("line_item", campaign.start_date, _end(campaign), zone)
    return {
        "line_item": group.name,
        "line_item_id": int(group.ad_group_id),
        "line_item_type": group.line_item_type,
        "line_item_status": status,
        "line_item_budget_amount": int(campaign.daily_budget * 12 * MILLICENTS),
        "ad_group": group.name,
        "ad_group_status": "PAUSED" if campaign.end_date else "ENABLED",
        "ad_group_type": group.line_item_type,
        "bid_price": int(group.bid / 1000 * MICROCENTS),
        **dates,
        **{k.replace("line_item", "ad_group"): v for k, v in dates.items() if "_dt" in k},
    }


def _creative_row(campaign: Campaign, creative: Creative) -> Row:
    dsp = campaign.ad_product == "dsp"
    video = campaign.media in ("streaming_tv", "online_video") or creative.creative_type == "video"
    return {
        "creative": creative.name,
        "creative_id": int(creative.creative_id),
        "creative_type": creative.creative_type,
        "creative_size": creative.size or None,
        "creative_asin": creative.asin,
        "creative_category": None if campaign.media == "audio" else
        "Video" if video else "Display",
        "creative_duration": creative.seconds if video else None,
        "creative_is_link_in": "N" if dsp and campaign.media == "streaming_tv" else "Y",
        "is_video": video,
    }  # fmt: skip


def ads(plan: Plan) -> Iterator[Row]:
    """Creative x ad group (or line item) x campaign."""
    for at, ad in enumerate(plan.ads):
        campaign, group, creative = _parts(plan, ad)
        yield (
            campaign_row(plan, ad.campaign)
            | _group_row(plan, campaign, group)
            | _creative_row(campaign, creative)
            | {"i": at, "campaign_code": ad.campaign}
        )


def _parts(plan: Plan, ad: Ad) -> tuple[Campaign, AdGroup, Creative]:
    campaign = plan.campaigns[ad.campaign]
    group = campaign.ad_groups[ad.group]
    return campaign, group, group.creatives[ad.creative]


def campaigns(plan: Plan) -> Iterator[Row]:
    """Campaigns alone."""
    return (campaign_row(plan, at) for at in range(len(plan.campaigns)))
