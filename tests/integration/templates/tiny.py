"""A small made-up world: some hundred people, seven campaigns, every odd case that matters.

It knows nothing of the local AMC's own events: people without id, clicks at the edge of the
window, conversions long after the ad, modelled conversions, views that are paid for.
"""

import random
from datetime import datetime, timedelta
from typing import Any

# AMC writes its events without a zone, in UTC.
START, END = datetime(2026, 9, 1), datetime(2026, 10, 1)  # noqa: DTZ001
CAMPAIGNS = [
    ("dsp", 9001, "Streaming, TV"), ("dsp", 9002, "Retargeting"), ("dsp", 9003, "O'Brien & Söhne"),
    ("sponsored_products", 101, "Auto"), ("sponsored_products", 102, "Brand"),
    ("sponsored_brands", 103, "Video"), ("sponsored_display", 104, "Views"),
]  # fmt: skip
ASINS = ["B0AAAAAAA1", "B0AAAAAAA2", "B0AAAAAAA3", "B0AAAAAAA4"]


def make_world(seed: int = 7, people: int = 400) -> dict[str, list[dict[str, Any]]]:
    """Rows by data source."""
    dice = random.Random(seed)
    tables: dict[str, list[dict[str, Any]]] = {
        "dsp_impressions": [], "dsp_clicks": [], "sponsored_ads_traffic": [], "conversions": [],
        "amazon_attributed_events_by_conversion_time": [],
        "amazon_attributed_events_by_traffic_time": [],
    }  # fmt: skip
    for number in range(people):
        user = None if number % 20 == 0 else f"u{number:04}"
        events = [_ad(dice, tables, user) for _ in range(dice.randint(0, 9))]
        for _ in range(dice.choice([0, 0, 0, 1, 2, 4])):
            _conversion(dice, tables, user, [event for event in events if event])
    return tables


def _moment(dice: random.Random) -> datetime:
    # From before the longest look-back to after the window.
    first = START - timedelta(days=33)
    return first + timedelta(
        seconds=dice.randrange(int((END - first).total_seconds()) + 5 * 86_400)
    )


def _ad(dice: random.Random, tables: dict[str, list[Any]], user: str | None) -> dict[str, Any]:
    product, campaign_id, campaign = dice.choice(CAMPAIGNS)
    at = _moment(dice)
    base = {"user_id": user, "campaign_id": campaign_id, "campaign": campaign,
            "currency_iso_code": "USD"}  # fmt: skip
    clicked = dice.random() < 0.35
    for moment in [at + timedelta(minutes=7 * n) for n in range(dice.choice([1, 1, 2, 5]))]:
        _impression(dice, tables, product, base, moment)
    later = at + timedelta(seconds=dice.randint(1, 4_000))
    if clicked and product == "dsp":
        tables["dsp_clicks"].append(base | _times("click", later) | {"clicks": 1})
    elif clicked:
        tables["sponsored_ads_traffic"].append(
            base | _times("event", later) | _sponsored(product, clicks=1)
            | {"spend": 0 if product == "sponsored_display" else dice.randint(10, 300) * 1_000_000}
        )  # fmt: skip
    return base | {"product": product, "at": later if clicked else at, "clicked": clicked}


def _impression(
    dice: random.Random, tables: dict[str, list[Any]], product: str, base: dict[str, Any],
    moment: datetime,
) -> None:  # fmt: skip
    if product == "dsp":
        tables["dsp_impressions"].append(
            base | _times("impression", moment)
            | {"impressions": 1, "total_cost": float(dice.randint(100, 900))}
        )  # fmt: skip
        return
    tables["sponsored_ads_traffic"].append(
        base | _times("event", moment) | _sponsored(product, impressions=1)
    )
    if product == "sponsored_display" and dice.random() < 0.5:
        tables["sponsored_ads_traffic"].append(
            base | _times("event", moment + timedelta(seconds=1))
            | _sponsored(product, viewable_impressions=1) | {"spend": 700_000}
        )  # fmt: skip


def _times(kind: str, moment: datetime) -> dict[str, datetime]:
    hour = moment.replace(minute=0, second=0)
    return {f"{kind}_dt_utc": moment, f"{kind}_dt_hour_utc": hour}


def _sponsored(product: str, **flags: int) -> dict[str, Any]:
    none = {"impressions": 0, "clicks": 0, "viewable_impressions": 0, "spend": 0}
    price = "VCPM" if product == "sponsored_display" else "CPC"
    return none | {"ad_product_type": product, "line_item_price_type": price} | flags


def _conversion(
    dice: random.Random,
    tables: dict[str, list[Any]],
    user: str | None,
    events: list[dict[str, Any]],
) -> None:
    subtype = dice.choice(["detailPageView", "shoppingCart", "shoppingCart", "order", "order"])
    asin, at, number = dice.choice(ASINS), _moment(dice), len(tables["conversions"])
    units, price = dice.randint(1, 3), 9.99 + ASINS.index(asin)
    bought, new = subtype == "order", dice.random() < 0.4
    sales = round(units * price, 2) if bought else 0.0
    tables["conversions"].append({
        "conversion_id": f"c{number}", "user_id": user, "event_subtype": subtype,
        "tracked_item": asin, "tracked_asin": asin if bought else None, "conversions": 1,
        "total_product_sales": sales, "total_units_sold": units if bought else 0,
        "new_to_brand": new if bought else None, **_times("event", at),
    })  # fmt: skip
    before = [event for event in events if event["at"] <= at <= event["at"] + timedelta(days=20)]
    if before:
        row = _credit(dice, before, subtype, asin, at, units, sales, new=new)
        tables["amazon_attributed_events_by_conversion_time"].append(row)
        tables["amazon_attributed_events_by_traffic_time"].append(row)
        if dice.random() < 0.1:  # modelled: nothing below the ad line is known
            tables["amazon_attributed_events_by_conversion_time"].append(
                row | {"user_id": None, "traffic_event_dt_utc": None}
            )


def _credit(
    dice: random.Random, before: list[dict[str, Any]], subtype: str, asin: str, at: datetime,
    units: int, sales: float, *, new: bool,
) -> dict[str, Any]:  # fmt: skip
    event = dice.choice(before)
    promoted, bought = int(dice.random() < 0.6), int(subtype == "order")
    row: dict[str, Any] = {
        "user_id": event["user_id"], "campaign_id": event["campaign_id"],
        "campaign": event["campaign"], "tracked_asin": asin if bought else None,
        "ad_product_type": None if event["product"] == "dsp" else event["product"],
        "conversion_event_subtype": subtype, "conversion_event_dt_utc": at,
        "traffic_event_dt_utc": event["at"],
    }  # fmt: skip
    figures = {"purchases": bought, "units_sold": units * bought, "product_sales": sales}
    for name, value in figures.items():
        row |= {name: value * promoted, f"total_{name}": value}
        row |= {f"new_to_brand_{name}": value * promoted * new}
        row |= {f"new_to_brand_total_{name}": value * new}
    for name, kind in (("detail_page_view", "detailPageView"), ("add_to_cart", "shoppingCart")):
        row |= {name: int(subtype == kind) * promoted, f"total_{name}": int(subtype == kind)}
    return row
