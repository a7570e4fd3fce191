"""Figures of the queries, worked out in plain Python over the events, thresholds included.

Reach, frequency, overlap, paths, new-to-brand and what analysts ask for beside them. A row that
AMC does not show is left out here by the same rule, written down again in `shown`. Counts of users
ask for nobody, so rows of nothing else are all shown.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.sandbox.analyst.conftest import START, Answer
from tests.sandbox.analyst.parquet import Events, Groups, Row, by, resolved, shown, users

Rows = set[tuple[str, ...]]
Truth = Callable[[Events], Rows]
TRUTHS: dict[str, Truth] = {}
ALIASES = {"sponsored_products": "SP", "sponsored_brands": "SB", "sponsored_display": "SD",
           "sponsored_television": "STV", "dsp": "DSP"}  # fmt: skip


def truth(work: Truth) -> Truth:
    """Registers a truth under the name of its query."""
    TRUTHS[work.__name__] = work
    return work


def figure(value: Any) -> str:
    """A figure as text, rounded where AMC's fractions end."""
    if isinstance(value, Decimal | float):
        return f"{float(value):.6f}".rstrip("0").rstrip(".")
    return str(value)


def told(rows: list[dict[str, str]]) -> Rows:
    """The rows of a query with fractions rounded alike."""

    def cell(text: str) -> str:
        return figure(float(text)) if text.count(".") == 1 and text[-1].isdigit() else text

    return {tuple(cell(value) for value in row.values()) for row in rows}


def total(rows: list[Row], name: str) -> Any:
    return sum(row[name] for row in rows)


def sized(groups: Groups, required: int = 2) -> Rows:
    """Groups of one row a user, with the number of users."""
    return {
        (*map(str, key), str(len(rows))) for key, rows in groups.items() if shown(rows, required)
    }


def per_user(rows: list[Row]) -> dict[int, list[Row]]:
    return {user: found for (user,), found in by(resolved(rows), "user").items()}


@truth
def reach_by_campaign(happened: Events) -> Rows:
    return {
        (name, str(len(rows)), str(len(users(rows))))
        for (name,), rows in by(happened.dsp, "campaign").items()
        if shown(rows, 2)
    }


@truth
def reach_in_total(happened: Events) -> Rows:
    rows = resolved(happened.impressions)
    return {(str(len(users(rows))), str(len(rows)))}


@truth
def reach_by_ad_product(happened: Events) -> Rows:
    found = set()
    sponsored = [row | {"impressions": row["impression"]} for row in happened.sponsored]
    dsp = [
        *(row | {"impressions": 1, "click": 0} for row in happened.dsp),
        *(row | {"impressions": 0, "click": 1} for row in happened.dsp_clicks),
    ]
    for (name,), rows in by([*dsp, *sponsored], "product").items():
        if shown(rows, 2, "impressions", "click"):
            seen, clicks = total(rows, "impressions"), total(rows, "click")
            found.add((name, str(len(users(rows))), str(seen), str(clicks), figure(clicks / seen)))
    return found


@truth
def reach_by_device(happened: Events) -> Rows:
    devices = happened.dimension("devices")
    found = by(happened.dsp, lambda row: devices[row["dev"]]["device_type"])
    return {
        (name, str(len(users(rows))), str(len(rows)))
        for (name,), rows in found.items()
        if shown(rows, 2)
    }


@truth
def frequency_distribution(happened: Events) -> Rows:
    people = [{"user": user, "n": len(rows)} for user, rows in per_user(happened.dsp).items()]

    def bucket(row: Row) -> str:
        return "10+" if row["n"] >= 10 else "05-09" if row["n"] >= 5 else f"0{row['n']}"

    return {
        (name, str(len(rows)), str(total(rows, "n")))
        for (name,), rows in by(people, bucket).items()
        if shown(rows, 1)
    }


@truth
def frequency_by_campaign(happened: Events) -> Rows:
    seen = [row for row in resolved(happened.sponsored) if row["impression"]]
    people = [
        {"user": user, "campaign": campaign, "n": len(rows)}
        for (user, campaign), rows in by(seen, "user", "campaign").items()
    ]
    return sized(by(people, "campaign", "n"))


@truth
def incremental_reach(happened: Events) -> Rows:
    dsp = users(happened.dsp)
    sp = users(row for row in happened.sponsored if row["product"] == "sponsored_products")
    parts = {"dsp only": dsp - sp, "sp only": sp - dsp, "both": dsp & sp}
    return {(name, str(len(people))) for name, people in parts.items() if len(people) >= 2}


@truth
def overlap_by_flags(happened: Events) -> Rows:
    dsp = users(happened.dsp)
    kinds = by(happened.sponsored, "product")
    sp, sb = (users(kinds["sponsored_products",])), users(kinds["sponsored_brands",])
    people = [
        {"user": user, "d": int(user in dsp), "p": int(user in sp), "b": int(user in sb)}
        for user in dsp | users(happened.sponsored)
    ]
    return sized(by(people, "d", "p", "b"))


@truth
def overlap_by_collect(happened: Events) -> Rows:
    sets = Counter(
        " + ".join(sorted({row["product"] for row in rows}))
        for rows in per_user(happened.impressions).values()
    )
    # The share is a figure over everybody: it is worked out before rows are removed.
    everybody = sum(sets.values())
    return {
        (name, str(count), figure(count / everybody)) for name, count in sets.items() if count >= 2
    }


@truth
def overlap_of_campaign_pairs(happened: Events) -> Rows:
    pairs = Counter(
        pair
        for rows in per_user(happened.sponsored).values()
        for pair in combinations(sorted({row["campaign"] for row in rows}), 2)
    )
    return {(*pair, str(count)) for pair, count in pairs.items() if count >= 2}


@truth
def exclusive_reach(happened: Events) -> Rows:
    alone = Counter(
        rows[0]["campaign"]
        for rows in per_user(happened.dsp).values()
        if len({row["campaign"] for row in rows}) == 1
    )
    return {(name, str(count)) for name, count in alone.items() if count >= 2}


def firsts(rows: list[Row], step: str) -> list[str]:
    """The steps of one user in the order of their first event."""
    seen: dict[str, datetime] = {}
    for row in rows:
        seen[row[step]] = min(row["t"], seen.get(row[step], row["t"]))
    return sorted(seen, key=lambda name: (seen[name], name))


@truth
def path_by_campaign(happened: Events) -> Rows:
    buyers = users(happened.orders)
    paths: dict[str, list[int]] = {}
    for user, rows in per_user(happened.sponsored).items():
        steps = [f"[{n}, {name}]" for n, name in enumerate(firsts(rows, "campaign"), 1)]
        paths.setdefault(f"[{', '.join(steps)}]", []).append(user)
    found = set()
    for path, people in paths.items():
        bought = len(buyers & set(people))
        if len(people) >= 2:
            found.add((path, str(len(people)), str(bought)))
    return found


@truth
def path_by_ad_product(happened: Events) -> Rows:
    rows = [row | {"short": ALIASES[row["product"]]} for row in happened.impressions]
    paths = Counter(
        " > ".join(f"{n} {name}" for n, name in enumerate(firsts(found, "short"), 1))
        for found in per_user(rows).values()
    )
    return {(path, str(count)) for path, count in paths.items() if count >= 2}


@truth
def first_touch(happened: Events) -> Rows:
    orders = Counter(row["user"] for row in happened.orders)
    clicks = per_user([row for row in happened.sponsored if row["click"]])
    buyers = [
        {"user": user, "orders": orders[user],
         "campaign": min(rows, key=lambda row: (row["t"], row["campaign"]))["campaign"]}
        for user, rows in clicks.items()
        if orders[user]
    ]  # fmt: skip
    return {
        (name, str(len(rows)), str(total(rows, "orders")))
        for (name,), rows in by(buyers, "campaign").items()
        if shown(rows, 2)
    }


@truth
def last_touch(happened: Events) -> Rows:
    clicks = per_user([row for row in happened.sponsored if row["click"]])
    touched = []
    for order in resolved(happened.orders):
        before = [row for row in clicks.get(order["user"], []) if row["t"] <= order["t"]]
        if before:
            newest = max(row["t"] for row in before)
            name = min(row["campaign"] for row in before if row["t"] == newest)
            touched.append({"user": order["user"], "campaign": name})
    return {
        (name, str(len(rows)), str(len(users(rows))))
        for (name,), rows in by(touched, "campaign").items()
        if shown(rows, 2)
    }


@truth
def touches_before_purchase(happened: Events) -> Rows:
    bought: dict[int, datetime] = {}
    for row in resolved(happened.orders):
        bought[row["user"]] = min(row["t"], bought.get(row["user"], row["t"]))
    touches = Counter(
        row["user"]
        for row in happened.sponsored_since(START - timedelta(days=14))
        if row["user"] in bought and row["t"] < bought[row["user"]]
    )
    buckets = Counter(min(count, 10) for count in touches.values())
    return {(str(size), str(count)) for size, count in buckets.items()}


@truth
def linear_attribution(happened: Events) -> Rows:
    orders = Counter(row["user"] for row in happened.orders)
    shares: Groups = {}
    for user, rows in per_user(happened.sponsored).items():
        campaigns = {row["campaign"] for row in rows}
        for name in campaigns if orders[user] else ():
            share = {"user": user, "share": orders[user] / len(campaigns)}
            shares.setdefault((name,), []).append(share)
    return {
        (name, str(len(rows)), figure(total(rows, "share")))
        for (name,), rows in shares.items()
        if shown(rows, 2)
    }


def with_purchases(rows: list[Row]) -> list[Row]:
    return [
        row
        | {"bought": int(row["subtype"] == "order"),
           "fresh": int(row["subtype"] == "order" and row["new"])}
        for row in rows
    ]  # fmt: skip


@truth
def ntb_by_campaign(happened: Events) -> Rows:
    found = set()
    rows = [row for row in with_purchases(happened.attributed) if row["bought"]]
    for (name,), orders in by(rows, "campaign").items():
        if shown(orders, 2, "bought", "fresh"):
            new, count = total(orders, "fresh"), len(orders)
            found.add((name, str(count), str(new), figure(new / count)))
    return found


@truth
def ntb_customers(happened: Events) -> Rows:
    people = [
        {"user": user, "orders": len(rows), "sales": total(rows, "sales"),
         "kind": "new" if any(row["new"] for row in rows) else "existing"}
        for user, rows in per_user(happened.orders).items()
    ]  # fmt: skip
    return {
        (kind, str(len(rows)), str(total(rows, "orders")), figure(total(rows, "sales")))
        for (kind,), rows in by(people, "kind").items()
        if shown(rows, 2, "orders", "sales")
    }


@truth
def ntb_in_total(happened: Events) -> Rows:
    rows = with_purchases(happened.attributed_by_traffic)
    new = [row for row in rows if row["fresh"]]
    return {(str(len(new)), str(total(rows, "bought")), str(len(users(new))))}


@truth
def repeat_buyers(happened: Events) -> Rows:
    counts = Counter(len(rows) for rows in per_user(happened.orders).values())
    return {(str(orders), str(count)) for orders, count in counts.items()}


@truth
def conversions_by_subtype(happened: Events) -> Rows:
    return {
        (*key, str(len(rows)), str(len(users(rows))))
        for key, rows in by(happened.conversions, "category", "subtype").items()
        if shown(rows, 2)
    }


@truth
def sales_by_asin(happened: Events) -> Rows:
    return {
        (name, str(total(rows, "units")), figure(total(rows, "sales")))
        for (name,), rows in by(happened.orders, "asin").items()
        if total(rows, "units") >= 10 and shown(rows, 2, "units", "sales")
    }


@truth
def orders_by_day(happened: Events) -> Rows:
    return {
        (f"{day:%Y-%m-%d}", str(len(rows)), figure(total(rows, "sales")))
        for (day,), rows in by(happened.orders, lambda row: row["t"].date()).items()
        if shown(rows, 2, "sales")
    }


@truth
def clicks_by_hour(happened: Events) -> Rows:
    """In the advertiser's zone."""
    zone = ZoneInfo("America/Los_Angeles")

    def hour(row: Row) -> int:
        return row["t"].replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).hour

    rows = [row for row in happened.sponsored if row["click"]]
    return {
        (str(at), str(len(found)), figure(total(found, "spend") / 10**8), str(len(users(found))))
        for (at,), found in by(rows, hour).items()
        if shown(found, 2, "spend")
    }


@truth
def impressions_by_weekday(happened: Events) -> Rows:
    """Sunday is 1."""
    days = by(happened.dsp, lambda row: row["t"].isoweekday() % 7 + 1)
    return {(str(day), str(len(rows))) for (day,), rows in days.items() if shown(rows, 2)}


@truth
def cart_abandoners(happened: Events) -> Rows:
    people = []
    for user, rows in per_user(happened.conversions).items():
        carts = sum(row["subtype"] == "shoppingCart" for row in rows)
        bought = any(row["subtype"] == "order" for row in rows)
        people.append({"user": user, "n": carts, "end": "bought" if bought else "left"})
    found = by([person for person in people if person["n"]], "end")
    return {(end, str(len(rows)), str(total(rows, "n"))) for (end,), rows in found.items()}


@truth
def exposure_and_purchase_rate(happened: Events) -> Rows:
    dsp, sponsored = users(happened.dsp), users(happened.sponsored)
    buyers, found = users(happened.orders), set()
    parts = {"both": dsp & sponsored, "dsp": dsp - sponsored, "sponsored": sponsored - dsp}
    for name, people in parts.items():
        bought = len(people & buyers)
        if people:
            rate = figure(bought / len(people))
            found.add((name, str(len(people)), str(bought), rate))
    return found


@truth
def chosen_campaigns(happened: Events) -> Rows:
    rows = [row for row in happened.sponsored if row["product"] == "sponsored_brands"]
    return {
        (name, str(total(found, "impression")))
        for (name,), found in by(rows, "campaign").items()
        if shown(found, 2, "impression")
    }


@truth
def attribution_window(happened: Events) -> Rows:
    week = timedelta(days=7, seconds=1)
    rows = [
        row | {"counts": int(row["bought"] and row["t"] - row["traffic_t"] < week)}
        for row in with_purchases(happened.attributed_by_traffic)
    ]
    return {
        (name, str(total(found, "counts")))
        for (name,), found in by(rows, "campaign").items()
        if shown(found, 2, "counts")
    }


@truth
def clickers_who_saw(happened: Events) -> Rows:
    clickers = users(happened.dsp_clicks)
    rows = [row for row in happened.dsp if row["user"] in clickers]
    return {
        (name, str(len(found)), str(len(users(found))))
        for (name,), found in by(rows, "campaign").items()
        if shown(found, 2)
    }


@truth
def exists_an_order(happened: Events) -> Rows:
    buyers = users(happened.orders)
    rows = [row for row in happened.dsp if row["user"] in buyers]
    return {
        (name, str(len(users(found))))
        for (name,), found in by(rows, "campaign").items()
        if shown(found, 2)
    }


@truth
def shopping_basket(happened: Events) -> Rows:
    people = [
        {"user": user, "asins": len({row["asin"] for row in rows}), "units": total(rows, "units")}
        for user, rows in per_user(happened.orders).items()
    ]
    return {
        (str(asins), str(len(rows)), figure(total(rows, "units") / len(rows)))
        for (asins,), rows in by(people, "asins").items()
        if shown(rows, 1, "units")
    }


@pytest.mark.parametrize("name", sorted(TRUTHS))
def test_the_figures_are_those_of_the_events(answer: Answer, happened: Events, name: str) -> None:
    rows = answer(name)
    if name == "reach_by_device":  # its cost is not worked out here
        rows = [{key: row[key] for key in row if key != "cost"} for row in rows]
    expected = TRUTHS[name](happened)
    assert told(rows) == expected
    assert len(rows) == len(expected) > 0


def test_the_counts_are_worth_comparing(happened: Events) -> None:
    assert len(happened.dsp) > 10_000
    assert len(users(happened.orders)) > 100
    assert len(resolved(happened.dsp)) < len(happened.dsp)


def test_a_third_of_the_queries_is_held_against_the_events() -> None:
    from tests.sandbox.analyst.test_queries import NAMES

    assert set(TRUTHS) <= set(NAMES)
    assert len(TRUTHS) * 3 >= len(NAMES)
