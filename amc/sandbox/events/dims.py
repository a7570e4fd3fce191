"""The small tables beside the facts: ads, targets, places, devices, cities, items, subtypes.

Each has a column `i`, the code that the facts carry, and columns named as AMC names them.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from amc.sandbox.events.journeys import OFF_AMAZON, SUBTYPES
from amc.sandbox.events.plan import Ad, Plan, read_data
from amc.sandbox.events.segments import segment_rows
from amc.sandbox.world import AdGroup, Brand, Campaign, Creative
from amc.sandbox.world.stable import digits, fraction, lower, number, upper

Row = dict[str, Any]

MICROCENTS, MILLICENTS = 100_000_000, 100_000
_PRODUCT_LINES = {"display": "Display", "online_video": "Online video",
                  "streaming_tv": "Streaming TV", "audio": "Audio"}  # fmt: skip


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
        "advertiser": brand.name,
        "advertiser_id": int(brand.dsp_advertiser_id) if dsp and brand.dsp_advertiser_id else None,
        "advertiser_id_internal": int(digits(12, "advertiser internal", brand.slug)),
        "advertiser_country": market.country,
        "advertiser_timezone": instance.timezone,
        "entity_id": brand.entity_id,
        "currency_iso_code": market.currency,
        "currency_name": market.currency_name,
        "ad_product_type": None if dsp else campaign.ad_product,
        "product_line": _PRODUCT_LINES.get(campaign.media, "Sponsored ads"),
        "portfolio_id": int(digits(14, "portfolio", brand.slug)),
        "portfolio_name": f"{brand.name} portfolio",
        "merchant_id": number("merchant", brand.slug, below=10**10),
        "demand_channel": "Self-service" if plan.instance.kind == "SANDBOX" else "Managed",
        "demand_channel_owner": plan.instance.canonical_name,
        "marketplace_name": market.domain,
        "marketplace_id": market.number,
        "segment_marketplace_id": market.number,
        "line_item_price_type": campaign.price_type,
        "advertiser_account_frequency_group_ids": [int(digits(9, "group", brand.slug))],
        "manager_account_frequency_group_ids": [int(digits(9, "group", instance.entity_id))],
        "matched_targeting": campaign.ad_groups[0].keywords[0].text,
        **_dates("campaign", campaign.start_date, end, instance.timezone),
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


def targets(plan: Plan) -> Iterator[Row]:
    """Keyword x search term."""
    for at, (campaign, keyword, term) in enumerate(plan.targets):
        found = plan.campaigns[campaign].ad_groups[0].keywords[keyword]
        searched = found.match_type is not None
        yield {
            "i": at,
            "targeting": found.text if searched else None,
            "match_type": found.match_type,
            "customer_search_term": found.search_terms[term] if found.search_terms else None,
        }


def places(plan: Plan) -> Iterator[Row]:
    """Where DSP ads are served."""
    for at, place in enumerate(plan.places):
        key = place["site"]
        yield {
            "i": at,
            "ad_slot_size": place["slot"],
            "app_bundle": place["app"],
            "deal_id": digits(12, "deal", key) if place.get("deal") else None,
            "deal_name": place.get("deal"),
            "environment_type": place["env"],
            "is_amazon_owned": place["owned"],
            "page_type": place["page"],
            "placement_is_view_aware": place["viewable"] > 0,
            "placement_view_rate": round(place["viewable"], 4),
            "publisher_id": "pub-" + lower(10, "publisher", place["publisher"]),
            "publisher_name": place["publisher"],
            "seller_id": digits(9, "seller", place["publisher"]),
            "seller_name": place["publisher"],
            "site": key,
            "slot_position": ("ATF", "BTF", "UNKNOWN")[number("slot", key, below=3)],
            "supply_source": place["source"],
            "supply_source_id": int(digits(8, "source", place["source"])),
            "supply_source_is_view_aware": place["viewable"] > 0,
            "supply_source_view_rate": round(0.95 * place["viewable"], 4),
        }


def devices(plan: Plan) -> Iterator[Row]:
    """Kinds of devices."""
    for at, device in enumerate(plan.devices):
        yield {
            "i": at,
            "browser_family": device["ua"],
            "device_make": device["make"],
            "device_model": device["model"],
            "device_type": device["type"],
            "operating_system": device["os"],
            "os_version": str(device["version"]),
        }


def cities(plan: Plan) -> Iterator[Row]:
    """Postal codes of the instance's country, each with its city."""
    country = plan.instance.market.country
    at = 0
    for city, state, dma, first, count in _geo()[country]:
        for step in range(count):
            yield {
                "i": at,
                "city_name": city,
                "dma_code": dma,
                "iso_country_code": country,
                "iso_state_province_code": state,
                "postal_code": f"{country}-{_postal(country, first, step)}",
            }
            at += 1


def city_count(plan: Plan) -> int:
    """How many postal codes `cities` gives."""
    return sum(row[4] for row in _geo()[plan.instance.market.country])


def _postal(country: str, first: int | str, step: int) -> str:
    width = 7 if country == "JP" else 5
    return f"{first + step:0{width}d}" if isinstance(first, int) else f"{first} {step + 1}AA"


@lru_cache(maxsize=1)
def _geo() -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = read_data("geo")
    return found


def items(plan: Plan) -> Iterator[Row]:
    """Products of the instance's brands."""
    for at, product in enumerate(plan.instance.products):
        brand = plan.instance.brands[int(plan.item_brand[at])]
        yield {
            "i": at,
            "asin": product.asin,
            "asin_name": product.title,
            "asin_brand": product.brand,
            "asin_parent": "B0" + upper(8, "parent", product.brand, product.subcategory),
            "keyword": f"keyword#{brand.name.lower()} {product.search_word}",
            "store_id": brand.store_id,
            "definition_id": lower(8, "definition", brand.slug) + "-pixel",
            "event_name": f"{brand.name} site",
            "fresh": fraction("program", product.asin) < 0.08,
        }


_CLASSES = {
    "detailPageView": ("website", "consideration", "Product detail page viewed"),
    "shoppingCart": ("website", "conversion", "Add to Shopping Cart"),
    "order": ("purchase", "conversion", "Product purchased"),
    "searchConversion": ("website", None, None),
    "snsSubscription": ("website", "conversion", "New SnS Subscription"),
    "customerReview": ("website", "consideration", "Customer Reviews Page"),
    "wishList": ("website", "conversion", "add to wishlist"),
    "babyRegistry": ("website", "conversion", "add to baby registry"),
    "weddingRegistry": ("website", "conversion", "add to wedding registry"),
    "brandStorePageView": ("website", "consideration", None),
    "firstSnSOrder": ("purchase", "conversion", "Subscribe and save purchase event"),
    "repeatSnSOrder": ("purchase", "conversion", "Subscribe and save purchase event"),
}


def subtypes(_plan: Plan) -> Iterator[Row]:
    """Conversion subtypes."""
    for at, name in enumerate(SUBTYPES):
        off = at >= OFF_AMAZON
        category, kind, text = _CLASSES.get(name, ("off-Amazon", None, None))
        yield {"i": at, "subtype": name, "category": category, "class": kind, "text": text,
               "source_name": "Amazon Ad Tag" if off else None, "off": off}  # fmt: skip


def brands(plan: Plan) -> Iterator[Row]:
    """Brands with their stores."""
    for at, brand in enumerate(plan.instance.brands):
        spotlight = next((c for c in brand.campaigns if "Store" in c.name), None)
        campaign = spotlight.campaign_id if spotlight else ""
        yield {
            "i": at,
            "store_id": brand.store_id,
            "store_name": f"{brand.name} Store",
            "reference_id": f"SB_{campaign}-{digits(9, 'store creative', brand.slug)}",
            "advertiser_id": int(brand.dsp_advertiser_id or digits(18, "store", brand.slug)),
        }


DIMENSIONS: dict[str, Callable[[Plan], Iterator[Row]]] = {
    "ads": ads,
    "campaigns": campaigns,
    "targets": targets,
    "places": places,
    "devices": devices,
    "cities": cities,
    "items": items,
    "subtypes": subtypes,
    "brands": brands,
    "segments": segment_rows,
}
"""Every dimension table by its name."""
