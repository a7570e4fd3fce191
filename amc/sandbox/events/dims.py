"""The small tables beside the facts: ads, targets, places, devices, cities, items, subtypes.

Each has a column `i`, the code that the facts carry, and columns named as AMC names them.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from amc.sandbox.events.ad_dims import ads, campaigns
from amc.sandbox.events.journeys import OFF_AMAZON, SUBTYPES
from amc.sandbox.events.plan import Plan, read_data
from amc.sandbox.events.segments import segment_rows
from amc.sandbox.world.stable import digits, fraction, lower, number, upper

Row = dict[str, Any]


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
