"""Brands and instances from their short descriptions in the world files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from amc.sandbox.world.campaigns import Owner, build_campaigns
from amc.sandbox.world.model import Advertiser, Brand, Instance, Market, Product
from amc.sandbox.world.sources import DSP_SOURCES, FREE_SOURCES, dataset_labels, premium_sources
from amc.sandbox.world.stable import digits, fraction, lower, number, upper

Doc = dict[str, Any]
Catalogues = Mapping[str, Mapping[str, Sequence[Sequence[Any]]]]

_FIRST_DAY = datetime(2023, 4, 3, 8, 12, 11, 572511, tzinfo=UTC)


@dataclass(frozen=True)
class Ground:
    """What every description is read against."""

    markets: Mapping[str, Market]
    catalogues: Catalogues


def slug_of(name: str) -> str:
    """A brand's name as part of ids: lower case, words joined by dashes."""
    return "-".join(name.lower().split())


def build_instance(doc: Doc, account: Doc, ground: Ground) -> Instance:
    """One instance with its brands.

    Raises:
        KeyError: a trade or market that does not exist.
    """
    sandbox = doc.get("type") == "SANDBOX"
    specs = doc.get("brands") or [doc | {"name": doc["brand"]}]
    market = ground.markets[str(doc.get("market", account["market"]))]
    brands = tuple(_brand(spec, doc, market, ground, sandbox=sandbox) for spec in specs)
    slug = brands[0].slug
    instance_id = doc.get("id") or "amc" + lower(8, "instance", account["entity_id"], slug)
    premium = premium_sources(doc.get("premium", ()), market.region)
    has_dsp = any(brand.has_dsp for brand in brands)
    name = doc.get("name") or slug.replace("-", "")
    created = _FIRST_DAY + timedelta(days=number("created", instance_id, below=500))
    return Instance(
        instance_id=instance_id,
        name=name,
        kind="SANDBOX" if sandbox else "STANDARD",
        entity_id=account["entity_id"],
        canonical_name=brands[0].name if len(brands) == 1 else account["name"],
        created_at=created,
        brands=brands,
        market=market,
        timezone=doc.get("timezone") or market.timezone,
        events_per_month=int(doc["events"]),
        advertisers=_advertisers(brands),
        s3_bucket_name=f"amc-{slug.replace('-', '')}-{lower(8, 'bucket', instance_id)}",
        sources=tuple(s for s in FREE_SOURCES if has_dsp or s not in DSP_SOURCES),
        premium=premium,
        unavailable=() if has_dsp else tuple(sorted(DSP_SOURCES)),
        datasets=dataset_labels(premium),
    )


def _brand(spec: Doc, instance: Doc, market: Market, ground: Ground, *, sandbox: bool) -> Brand:
    name = spec["name"]
    slug = slug_of(name)
    has_dsp = bool(instance.get("dsp", True))
    products = tuple(_products(name, slug, ground.catalogues[spec["trade"]], market))
    owner = Owner(name, slug, market, products, int(instance["events"]), has_dsp, sandbox)
    return Brand(
        name=name,
        slug=slug,
        market=market,
        products=products,
        build=partial(build_campaigns, owner),
        entity_id="ENTITY" + upper(13, "brand entity", slug),
        dsp_advertiser_id=digits(18, "dsp advertiser", slug) if has_dsp else None,
        store_id=upper(8, "store", slug) + "-" + upper(4, "store", slug),
        new_share=float(spec.get("new", 0.38 + 0.3 * fraction("new", slug))),
        website=bool(spec.get("site", False)),
        seller=number("seller", slug, below=3) == 0,
    )


def _products(
    brand: str, slug: str, catalogue: Mapping[str, Sequence[Sequence[Any]]], market: Market
) -> list[Product]:
    found: list[Product] = []
    for category, rows in catalogue.items():
        for title, us_price, word in rows:
            price = float(us_price) * (0.85 + 0.3 * fraction("price", slug, title)) * market.level
            price = round(price) if market.level > 50 else round(price) - 0.01
            found.append(
                Product(
                    asin="B0" + upper(8, "asin", slug, title),
                    title=f"{brand} {title}",
                    brand=brand,
                    category=category,
                    # The first half of a category is one subcategory, the rest another.
                    subcategory=f"{category} {'A' if len(found) % 4 < 2 else 'B'}",
                    price=float(max(price, 0.99)),
                    sku=f"{slug[:4].upper()}-{number('sku', slug, title, below=90000) + 10000}",
                    search_word=str(word),
                )
            )
    return found


def _advertisers(brands: Sequence[Brand]) -> tuple[Advertiser, ...]:
    found: list[Advertiser] = []
    for brand in brands:
        if brand.dsp_advertiser_id is not None:
            found.append(
                Advertiser(brand.dsp_advertiser_id, f"{brand.name} DSP", "DISPLAY", None,
                           ("DISPLAY",))
            )  # fmt: skip
        found.append(
            Advertiser(brand.entity_id, brand.name, "SPONSORED_ADS", brand.market.marketplace_id,
                       ("SPONSORED_PRODUCTS", "SPONSORED_BRANDS"))
        )  # fmt: skip
    return tuple(found)
