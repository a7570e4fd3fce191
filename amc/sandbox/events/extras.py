"""What happens without an ad, or beside it: unexposed shoppers, Amazon Live, visits to stores."""

import numpy as np
import numpy.typing as npt

from amc.sandbox.events.calendar import busy, sample_times, week_start_us
from amc.sandbox.events.conversions import finish
from amc.sandbox.events.journeys import (
    CART,
    DETAIL,
    FIRST_SNS,
    ORDER,
    REPEAT_SNS,
    SEARCH,
    SNS,
    STORE,
)
from amc.sandbox.events.people import user_numbers, weeks_to_market
from amc.sandbox.events.plan import Plan, is_customer
from amc.sandbox.events.traffic import Columns, rng_for

Ints = npt.NDArray[np.int64]

NEVER_EXPOSED = 3_000_000_000
"""Users from here on never see an ad of the instance."""
INGRESS: tuple[str, ...] = ("0", "1", "2", "4", "7", "11")
WIDGETS: tuple[tuple[str, str, str], ...] = (
    ("IMPRESSION", "ASIN_RENDER", "ProductGrid"),
    ("IMPRESSION", "ASIN_RENDER", "ProductCarousel"),
    ("CLICK", "GOTODETAILPAGE", "ProductGrid"),
    ("CLICK", "QUICKLOOK", "ProductCollection"),
    ("CLICK", "ADDTOCART", "ProductGrid"),
    ("CLICK", "NAVIGATION", "Header"),
    ("VIDEO", "5SPLAYED", "Gallery"),
    ("SCROLL", "BEGIN", "EditorialRow"),
)
"""Interactions with a brand store: event type, subtype, widget."""
PAGES: tuple[str, ...] = ("Home", "Best Sellers", "New Arrivals", "Deals", "About Us")


def _shoppers(plan: Plan, rng: np.random.Generator, week: int, count: int) -> Columns:
    """Moments of people who were not led here by an ad."""
    _, hours = busy(week, "search", plan.instance.timezone)
    rank = (rng.random(count) ** 1.8 * plan.population * 0.6).astype(np.int64)
    users = user_numbers(rank, week, plan.population).astype(np.int64) + NEVER_EXPOSED
    item = rng.integers(0, len(plan.instance.products), count)
    return {
        "t": np.sort(sample_times(rng, week, hours, count)),
        "user": users.astype(np.uint32),
        "item": item.astype(np.uint16),
    }


def make_unexposed(plan: Plan, seed: int, week: int) -> Columns:
    """Conversions of shoppers without an ad event in the 28 days before; as `conversions`."""
    rng = rng_for(seed, plan, week, "unexposed")
    level, _ = busy(week, "search", plan.instance.timezone)
    count = int(rng.poisson(plan.instance.events_per_month * 0.009 * plan.response * level))
    people = _shoppers(plan, rng, week, count)
    users, item = people["user"].astype(np.int64), people["item"].astype(np.int64)
    brand = plan.item_brand[item]
    customer = is_customer(plan, users, brand)
    may_buy = customer | (weeks_to_market(users, week) == 0)
    # Those who are not in the market look; those who are buy rather often.
    draw = rng.random(count)
    sub = np.select(
        [may_buy & (draw < 0.34), may_buy & (draw < 0.4) & customer, draw < 0.2, draw < 0.36],
        [ORDER, REPEAT_SNS, CART, SEARCH],
        DETAIL,
    )
    first = np.flatnonzero((sub == ORDER) & customer & (rng.random(count) < 0.06))
    sub[first] = FIRST_SNS
    rows = {
        "t": people["t"],
        "user": people["user"],
        "brand": brand.astype(np.uint8),
        "item": people["item"],
        "sub": sub.astype(np.uint8),
        "units": np.isin(sub, (ORDER, FIRST_SNS, REPEAT_SNS)).astype(np.uint8),
    }
    chain = {name: column[first] for name, column in rows.items()}
    chain["sub"] = np.full(len(first), SNS, dtype=np.uint8)
    chain["units"] = np.zeros(len(first), dtype=np.uint8)
    rows = {name: np.concatenate([rows[name], chain[name]]) for name in rows}
    return finish(plan, week, rows, 1 << 25)


def make_live(plan: Plan, seed: int, week: int) -> Columns:
    """Amazon Live: a broadcast a week, its carousel seen, clicked and viewed. kind: 0, 1, 2."""
    rng = rng_for(seed, plan, week, "live")
    count = int(rng.poisson(plan.instance.events_per_month * 0.0016))
    rank = (rng.random(count) ** 2 * plan.population).astype(np.int64)
    start = week_start_us(week) + 3 * 86_400_000_000 + 3_600_000_000 * 23
    time = start + 1000 * (rng.random(count) * 5_400_000).astype(np.int64)
    kind = rng.choice(3, count, p=[0.8, 0.05, 0.15])
    order = np.argsort(time, kind="stable")
    return {
        "t": time[order],
        "user": user_numbers(rank[order], week, plan.population),
        "item": rng.integers(0, len(plan.instance.products), count).astype(np.uint16),
        "kind": kind[order].astype(np.uint8),
        "n": (week << 26) + np.arange(count, dtype=np.int64),
    }


def make_store_visits(
    plan: Plan, seed: int, week: int, conversions: Columns
) -> tuple[Columns, Columns]:
    """Brand-store pages and interactions: everybody whom an ad led there, and others.

    Pages: t, user, brand, visit, n, page (of PAGES), dwell (seconds), ingress (of INGRESS), dev.
    Interactions: t, user, brand, visit, n, page, ingress, dev, widget (of WIDGETS), item.
    """
    rng = rng_for(seed, plan, week, "store")
    led = np.flatnonzero(conversions["sub"] == STORE)
    others = _shoppers(plan, rng, week, int(rng.poisson(1.2 * len(led) + 15)))
    time = np.concatenate([conversions["t"][led], others["t"]]).astype(np.int64)
    user = np.concatenate([conversions["user"][led], others["user"]])
    brand = np.concatenate(
        [conversions["brand"][led], plan.item_brand[others["item"].astype(np.int64)]]
    )
    visits = len(time)
    ingress = np.where(np.arange(visits) < len(led), 3, rng.integers(0, 5, visits))
    ingress = np.where((ingress == 3) & (np.arange(visits) >= len(led)), 1, ingress)
    seen = 1 + np.minimum(rng.geometric(0.55, visits) - 1, 4)
    visit = np.repeat(np.arange(visits), seen)
    step = np.arange(len(visit)) - np.repeat(np.cumsum(seen) - seen, seen)
    last = week_start_us(week + 1) - 1000
    base = {
        "t": np.minimum(time[visit] + step * 35_000_000, last),
        "user": user[visit].astype(np.uint32),
        "brand": brand[visit].astype(np.uint8),
        "visit": (week << 26) + visit,
        "page": np.where(step == 0, 0, rng.integers(1, len(PAGES), len(visit))).astype(np.uint8),
        "ingress": ingress[visit].astype(np.uint8),
        "dev": rng.integers(0, 6, visits)[visit].astype(np.uint8),
    }
    count = rng.integers(1, 4, len(visit))
    page = np.repeat(np.arange(len(visit)), count)
    events = {name: column[page] for name, column in base.items()}
    events["t"] = np.minimum(events["t"] + rng.integers(1, 30_000, len(page)) * 1000, last)
    events["widget"] = rng.integers(0, len(WIDGETS), len(page)).astype(np.uint8)
    events["item"] = _own_items(plan, rng, events["brand"].astype(np.int64))
    base["dwell"] = np.round(rng.exponential(28, len(visit)) + 1, 1)
    return _numbered(week, base), _numbered(week, events)


def _own_items(plan: Plan, rng: np.random.Generator, brand: Ints) -> npt.NDArray[np.uint16]:
    found = np.zeros(len(brand), dtype=np.uint16)
    for code in np.unique(brand):
        at = np.flatnonzero(brand == code)
        found[at] = rng.choice(np.flatnonzero(plan.item_brand == code), len(at))
    return found


def _numbered(week: int, rows: Columns) -> Columns:
    order = np.argsort(rows["t"], kind="stable")
    rows = {name: column[order] for name, column in rows.items()}
    rows["n"] = (week << 26) + np.arange(len(order), dtype=np.int64)
    return rows
