"""What users do after an ad: searches, page views, carts, orders, each within 28 days of it.

Made from the traffic of one week. A user who is new to a brand buys only in the one week in 56
in which that user is in the market, so "nothing bought in the 12 months before" is true by
construction; customers buy at any time.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amc.sandbox.events.calendar import DAY_US, WEEK_US, week_start_us
from amc.sandbox.events.people import weeks_to_market
from amc.sandbox.events.plan import Plan, is_customer
from amc.sandbox.events.temper import MOST_ANSWERS
from amc.sandbox.events.traffic import CLICK, VIEWABLE, Columns, Traffic, rng_for

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

REACH_US = 28 * DAY_US
SUBTYPES: tuple[str, ...] = (
    "detailPageView",
    "shoppingCart",
    "order",
    "searchConversion",
    "snsSubscription",
    "customerReview",
    "wishList",
    "babyRegistry",
    "weddingRegistry",
    "brandStorePageView",
    "firstSnSOrder",
    "repeatSnSOrder",
    "134",
    "53",
    "140",
    "54",
    "21",
)
DETAIL, CART, ORDER, SEARCH, SNS, REVIEW, WISH, BABY, WEDDING, STORE, FIRST_SNS, REPEAT_SNS = range(
    12
)
OFF_AMAZON = 12
"""Subtypes from here on are off Amazon: page view, cart, checkout, purchase, sign-up."""

EAGER = 30.0
"""How much more than others a user in the market answers to an ad."""
_IMPRESSION_RATES = (0.0, 0.0016, 0.0024, 0.003, 0.003)
_CLICK_RATES = (0.62, 0.9, 0.7, 0.8, 0.3)


@dataclass(frozen=True)
class Spawned:
    """Ad events that led somewhere, one element each."""

    t: Ints
    user: Ints
    campaign: Ints
    click: Bools

    def __len__(self) -> int:
        return len(self.t)


def make_journeys(plan: Plan, seed: int, week: int, traffic: Traffic) -> Columns:
    """The steps that a week's traffic leads to, sorted by time.

    Columns: t, user, brand, item (index of the instance's products), sub (index of SUBTYPES),
    units.
    """
    rng = rng_for(seed, plan, week, "journeys")
    parts = [
        _spawn_dsp(plan, rng, week, traffic),
        _spawn_clicks(plan, rng, traffic),
        _spawn_sponsored(plan, rng, week, traffic),
    ]
    spawned = Spawned(*(np.concatenate([getattr(part, name) for part in parts])
                        for name in ("t", "user", "campaign", "click")))  # fmt: skip
    steps = _on_amazon(plan, rng, spawned)
    sites = np.array([b.website for b in plan.instance.brands])
    off = (plan.product[spawned.campaign] == 0) & sites[plan.brand[spawned.campaign]]
    steps += _off_amazon(plan, rng, spawned, np.flatnonzero(off & (rng.random(len(off)) < 0.35)))
    names = ("t", "user", "brand", "item", "sub", "units")
    rows = {name: np.concatenate([step[name] for step in steps]) for name in names}
    order = np.argsort(rows["t"], kind="stable")
    kinds = (np.int64, np.uint32, np.uint8, np.uint16, np.uint8, np.uint8)
    return {name: rows[name][order].astype(kind) for name, kind in zip(names, kinds, strict=True)}


def _eager(plan: Plan, users: Ints, campaign: Ints, week: int) -> Floats:
    """How much more than others users answer: those in the market, and customers."""
    near = weeks_to_market(users, week) <= 3
    customer = is_customer(plan, users, plan.brand[campaign])
    eager = np.where(customer, 6.0 * plan.temper.loyal[campaign], np.where(near, EAGER, 1.0))
    found: Floats = eager * plan.temper.answer[campaign]
    return found


def _spawn_dsp(plan: Plan, rng: np.random.Generator, week: int, traffic: Traffic) -> Spawned:
    rows = traffic.dsp
    draw = rng.random(len(rows["t"]))
    # Nobody answers more often than this: look closer at the few who may.
    at = np.flatnonzero(draw < 0.0035 * EAGER * MOST_ANSWERS * plan.response)
    picked = {name: rows[name][at].astype(np.int64) for name in ("t", "user", "ad", "flags")}
    campaign = _campaign_of(plan, picked["ad"])
    rate = np.where(picked["flags"] & VIEWABLE, 0.0035, 0.0006)
    keep = draw[at] < rate * plan.response * _eager(plan, picked["user"], campaign, week)
    return Spawned(picked["t"][keep], picked["user"][keep], campaign[keep],
                   np.zeros(int(keep.sum()), dtype=bool))  # fmt: skip


def _spawn_clicks(plan: Plan, rng: np.random.Generator, traffic: Traffic) -> Spawned:
    rows = traffic.dsp_clicks
    at = np.flatnonzero(rng.random(len(rows["t"])) < _CLICK_RATES[0])
    campaign = _campaign_of(plan, rows["ad"][at].astype(np.int64))
    return Spawned(rows["t"][at].astype(np.int64), rows["user"][at].astype(np.int64), campaign,
                   np.ones(len(at), dtype=bool))  # fmt: skip


def _spawn_sponsored(plan: Plan, rng: np.random.Generator, week: int, traffic: Traffic) -> Spawned:
    rows = traffic.sponsored
    draw, click = rng.random(len(rows["t"])), rows["kind"] == CLICK
    most = max(_IMPRESSION_RATES) * EAGER * MOST_ANSWERS * plan.response
    at = np.flatnonzero(click | (draw < most))
    picked = {name: rows[name][at].astype(np.int64) for name in ("t", "user", "ad")}
    campaign = _campaign_of(plan, picked["ad"])
    product, clicked = plan.product[campaign], click[at]
    eager = _eager(plan, picked["user"], campaign, week)
    rate = np.where(
        clicked,
        np.array(_CLICK_RATES)[product],
        np.array(_IMPRESSION_RATES)[product] * plan.response * eager,
    )
    keep = draw[at] < rate
    return Spawned(picked["t"][keep], picked["user"][keep], campaign[keep], clicked[keep])


def _campaign_of(plan: Plan, ads: Ints) -> Ints:
    owner: Ints = np.array([ad.campaign for ad in plan.ads], dtype=np.int64)[ads]
    return owner


def _choose_items(plan: Plan, rng: np.random.Generator, campaign: Ints) -> Ints:
    """What a user looks at: half the time what was advertised, else something of the brand."""
    chosen = np.zeros(len(campaign), dtype=np.int64)
    wants_promoted = rng.random(len(campaign)) < 0.56
    draw = rng.random(len(campaign)) ** 1.5
    for code in np.unique(campaign):
        own = np.flatnonzero(plan.item_brand == plan.brand[code])
        promoted = np.flatnonzero(plan.promoted[code])
        for items, wanted in ((promoted, True), (own, False)):
            at = np.flatnonzero((campaign == code) & (wants_promoted == wanted))
            chosen[at] = items[(draw[at] * len(items)).astype(np.int64)]
    return chosen


def _on_amazon(plan: Plan, rng: np.random.Generator, who: Spawned) -> list[dict[str, Ints]]:
    n = len(who)
    wait = np.where(who.click, 4e6 + rng.exponential(40e6, n), rng.exponential(3.6 * DAY_US, n))
    start = who.t + 1000 * (np.minimum(wait, 26.0 * DAY_US) / 1000).astype(np.int64) + 1000
    brand, item = plan.brand[who.campaign], _choose_items(plan, rng, who.campaign)
    steps: list[dict[str, Ints]] = []

    def add(sub: int, at: Ints, time: Ints, units: Ints | None = None) -> None:
        inside = time <= who.t[at] + REACH_US - 1_000_000
        at, time = at[inside], time[inside]
        steps.append(
            {"t": time, "user": who.user[at], "brand": brand[at], "item": item[at],
             "sub": np.full(len(at), sub), "units": np.zeros(len(at), dtype=np.int64)
             if units is None else units[inside]}
        )  # fmt: skip

    def some(share: float | Floats, among: Ints) -> Ints:
        return among[rng.random(len(among)) < (share if isinstance(share, float) else share[among])]

    def later(at: Ints, mean_s: float) -> Ints:
        return start[at] + 1000 * (1 + (rng.exponential(mean_s * 1000, len(at))).astype(np.int64))

    everyone = np.arange(n)
    searched = some(np.where(who.click, 0.04, 0.3), everyone)
    add(SEARCH, searched, np.maximum(start[searched] - 30_000_000, who.t[searched] + 1000))
    store = some(np.where(plan.product[who.campaign] == 2, 0.35, 0.04), everyone)
    add(STORE, store, later(store, 90.0))
    add(DETAIL, everyone, start)
    again = some(0.38, everyone)
    add(DETAIL, again, later(again, 30_000.0))
    for sub, share in ((REVIEW, 0.035), (WISH, 0.012), (BABY, 0.003), (WEDDING, 0.002)):
        at = some(share, everyone)
        add(sub, at, later(at, 300.0))
    carted = some(np.where(who.click, 0.4, 0.42) * plan.temper.cart[who.campaign], everyone)
    in_cart = later(carted, 400.0)
    add(CART, carted, in_cart)
    _orders(plan, rng, who, add, _Cart(carted, in_cart, brand))
    return steps


@dataclass(frozen=True)
class _Cart:
    at: Ints
    time: Ints
    brand: Ints


def _orders(
    plan: Plan, rng: np.random.Generator, who: Spawned, add: Callable[..., None], cart: _Cart
) -> None:
    """Carts that become orders, by the rule of the market week."""
    users, brand = who.user[cart.at], cart.brand[cart.at]
    customer = is_customer(plan, users, brand)
    now = cart.time + 1000 * (20 + rng.exponential(240_000, len(users))).astype(np.int64)
    rested = rng.random(len(users)) < 0.3
    now += rested * 1000 * (rng.exponential(1.3 * DAY_US / 1000, len(users))).astype(np.int64)
    week = (cart.time - week_start_us(0)) // WEEK_US
    ahead = weeks_to_market(users, 0)
    ahead = (ahead - week) % 56
    opens = week_start_us(0) + (week + ahead) * WEEK_US
    closes = opens + WEEK_US
    latest = np.minimum(closes, who.t[cart.at] + REACH_US) - 2_000_000
    earliest = np.maximum(opens, cart.time + 20_000_000)
    room = np.maximum(latest - earliest, 0)
    planned = earliest + 1000 * (rng.random(len(users)) * room / 1000).astype(np.int64)
    waiting = np.where((now >= opens) & (now < latest), now, planned)
    time = np.where(customer, now, waiting)
    possible = customer | (room > 0)
    buys = possible & (rng.random(len(users)) < np.where(customer, 0.52, 0.78))
    units = 1 + (rng.random(len(users)) < 0.12) + (rng.random(len(users)) < 0.03)
    chosen = np.flatnonzero(buys)
    add(ORDER, cart.at[chosen], time[chosen], units[chosen])
    subscribed = chosen[rng.random(len(chosen)) < 0.07]
    add(SNS, cart.at[subscribed], time[subscribed] + 500_000)
    again = chosen[(rng.random(len(chosen)) < 0.3) & customer[chosen]]
    gap = 1000 * (DAY_US + rng.exponential(9 * DAY_US, len(again)) / 1).astype(np.int64) // 1000
    add(ORDER, cart.at[again], time[again] + gap // 1000 * 1000, units[again])


def _off_amazon(
    plan: Plan, rng: np.random.Generator, who: Spawned, at: Ints
) -> list[dict[str, Ints]]:
    """Visits to the brand's own site: page view, cart, checkout, purchase; or a sign-up."""
    steps = []
    time = who.t[at] + 1000 * (5_000 + rng.exponential(0.8 * DAY_US / 1000, len(at))).astype(
        np.int64
    )
    item = _choose_items(plan, rng, who.campaign[at])
    alive = np.ones(len(at), dtype=bool)
    for code, share in ((0, 1.0), (1, 0.34), (2, 0.6), (3, 0.7), (4, 0.09)):
        went = alive & (rng.random(len(at)) < share)
        if code < 4:
            alive = went
        else:  # a sign-up stands beside the way to the purchase
            went = rng.random(len(at)) < share
        here = np.flatnonzero(went & (time < who.t[at] + REACH_US - 1_000_000))
        brand = plan.brand[who.campaign[at[here]]]
        steps.append(
            {"t": time[here], "user": who.user[at[here]], "brand": brand,
             "item": item[here], "sub": np.full(len(here), OFF_AMAZON + code),
             "units": np.full(len(here), int(code == 3))}
        )  # fmt: skip
        time = time + 1000 * (3_000 + rng.exponential(120_000, len(at))).astype(np.int64)
    return steps
