"""Who gets the credit: for each conversion the best ad event, and every campaign that mattered.

Rank: promoted click, same-subcategory halo click, promoted view, same-subcategory halo view,
other halo click, other halo view; within a rank the latest; at most 14 days back (7 for a
seller's Sponsored Products).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amc.sandbox.events.calendar import DAY_US, EPOCH
from amc.sandbox.events.journeys import CART, OFF_AMAZON, SEARCH, STORE
from amc.sandbox.events.plan import Plan
from amc.sandbox.events.traffic import CLICK, VIEW, VIEWABLE, Columns, Traffic

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_EPOCH_US = int(EPOCH.timestamp()) * 1_000_000
_TIME_BITS = 43
TRACKED, VARIATIONAL, KEYWORD, SUBCATEGORY, CATEGORY, GL_PRODUCT, NO_CODE = range(7)
HALO_CODES: tuple[str | None, ...] = (
    "TRACKED_ASIN",
    "VARIATIONAL_ASIN",
    "BRAND_KEYWORD",
    "BRAND_SUBCATEGORY",
    "BRAND_CATEGORY",
    "BRAND_GL_PRODUCT",
    None,
)


@dataclass(frozen=True)
class Events:
    """Ad events of some users, ordered by user and time."""

    key: Ints
    t: Ints
    ad: Ints
    campaign: Ints
    click: Bools
    creditable: Bools


@dataclass(frozen=True)
class Pairs:
    """Conversions beside the ad events of the same user in the 28 days before."""

    conversion: npt.NDArray[np.int32]
    event: Ints


def _key(places: Ints, time: Ints) -> Ints:
    """A number that orders by user (its place in a sorted list) and then by time, exactly."""
    return (places << _TIME_BITS) + (time - _EPOCH_US) // 1000


def attribute(
    plan: Plan, conversions: Columns, traffic: Sequence[Traffic]
) -> tuple[Columns, Columns]:
    """The credited pairs, and the conversion x campaign pairs of relevance.

    The first has the conversion's columns and, of the ad event: traffic_t, traffic_n, ad,
    target, place, dev, click, cost, promoted, and imp_t (of the impression behind a DSP click).
    The second has the conversion's columns and campaign, code (index of HALO_CODES).
    """
    users, place = np.unique(conversions["user"].astype(np.int64), return_inverse=True)
    events, store = _events_of(plan, users, traffic)
    pairs = _pairs(plan, conversions, place, events)
    credited = _credit(plan, conversions, events, pairs)
    return _credited_rows(plan, conversions, events, store, credited), _relevant_rows(
        plan, conversions, events, pairs
    )


def _events_of(plan: Plan, users: Ints, traffic: Sequence[Traffic]) -> tuple[Events, Columns]:
    """Ad events of these users, with all their columns beside."""
    parts: list[Columns] = []
    base, span = (int(users[0]), int(users[-1] - users[0]) + 1) if len(users) else (0, 1)
    # Where a user stands in the list; -1 for everybody else.
    places = np.full(span, -1, dtype=np.int32)
    places[users - base] = np.arange(len(users))
    for week in traffic:
        for table, rows in (("dsp", week.dsp), ("click", week.dsp_clicks), ("ads", week.sponsored)):
            at = rows["user"].astype(np.int64) - base
            inside = (at >= 0) & (at < span)
            found = np.full(len(at), -1, dtype=np.int32)
            found[inside] = places[at[inside]]
            chosen = np.flatnonzero(found >= 0)
            parts.append(_unified(rows, chosen, table) | {"who": found[chosen].astype(np.int64)})
    store: Columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    key = _key(store["who"], store["t"])
    order = np.argsort(key, kind="stable")
    store = {name: column[order] for name, column in store.items()}
    campaign = np.array([ad.campaign for ad in plan.ads], dtype=np.int64)[store["ad"]]
    # Views count for DSP and for campaigns paid by the view; Sponsored Brands has none.
    seen = (store["kind"] == VIEW) & plan.vcpm[campaign] & (plan.product[campaign] != 2)
    seen |= (plan.product[campaign] == 0) & (store["flags"] & VIEWABLE > 0)
    click = store["kind"] == CLICK
    return Events(key[order], store["t"], store["ad"], campaign, click, click | seen), store


def _unified(rows: Columns, at: Ints, table: str) -> Columns:
    """The columns that all three tables have, in one form."""
    zeros = np.zeros(len(at), dtype=np.int64)
    found = {name: rows[name][at].astype(np.int64) for name in ("t", "user", "n", "ad", "place")}
    sponsored = table == "ads"
    found["dev"] = rows["dev"][at].astype(np.int64)
    found["kind"] = rows["kind"][at].astype(np.int64) if sponsored else zeros + (table == "click")
    # A DSP click needs no viewable flag of its own: it is a click.
    found["flags"] = rows["flags"][at].astype(np.int64) if table == "dsp" else zeros
    found["target"] = rows["target"][at].astype(np.int64) if sponsored else zeros
    found["cost"] = rows["spend" if sponsored else "cost"][at].astype(np.int64)
    found["imp_t"] = rows["imp_t"][at].astype(np.int64) if table == "click" else found["t"]
    return found


def _pairs(plan: Plan, conversions: Columns, place: Ints, events: Events) -> Pairs:
    time = conversions["t"].astype(np.int64)
    low = np.searchsorted(events.key, _key(place, time - 28 * DAY_US), side="left")
    high = np.searchsorted(events.key, _key(place, time), side="left")
    counts = high - low
    conversion = np.repeat(np.arange(len(time), dtype=np.int32), counts)
    event = np.arange(int(counts.sum())) + np.repeat(low - np.cumsum(counts) + counts, counts)
    product, brand = plan.product[events.campaign], plan.brand[events.campaign]
    keep = np.ones(len(event), dtype=bool)
    if len(plan.instance.brands) > 1:
        keep &= brand[event] == conversions["brand"][conversion]
    if any(b.website for b in plan.instance.brands):
        # What happens on a brand's own site counts for DSP alone.
        off = conversions["sub"] >= OFF_AMAZON
        keep &= ~off[conversion] | (product == 0)[event]
    return Pairs(conversion[keep], event[keep])


def _is_promoted(plan: Plan, conversions: Columns, pairs: Pairs, campaign: Ints) -> Bools:
    item, sub = conversions["item"][pairs.conversion], conversions["sub"][pairs.conversion]
    no_item = (sub == SEARCH) | (sub == STORE) | (sub >= OFF_AMAZON)
    promoted: Bools = plan.promoted[campaign, item] | no_item
    return promoted


def _credit(plan: Plan, conversions: Columns, events: Events, pairs: Pairs) -> Pairs:
    """For each conversion the best creditable event; conversions without one are left out."""
    fit = events.creditable[pairs.event]
    pairs = Pairs(pairs.conversion[fit], pairs.event[fit])
    campaign = events.campaign[pairs.event]
    gap = conversions["t"][pairs.conversion] - events.t[pairs.event]
    days = np.where((plan.product == 1) & plan.seller, 7, 14)
    fit = gap <= (days * DAY_US)[campaign]
    fit &= (plan.product != 2)[campaign] | (conversions["sub"] != CART)[pairs.conversion]
    pairs, campaign = Pairs(pairs.conversion[fit], pairs.event[fit]), campaign[fit]
    click = events.click[pairs.event]
    item = conversions["item"][pairs.conversion].astype(np.int64)
    promoted = _is_promoted(plan, conversions, pairs, campaign)
    close = plan.subcategories[campaign, plan.item_subcategory[item]]
    rank = np.where(promoted, np.where(click, 6, 4),
                    np.where(close, np.where(click, 5, 3), np.where(click, 2, 1)))  # fmt: skip
    if not len(rank):
        return pairs
    # Pairs of a conversion stand in order of time: the last of the best rank wins.
    score = (rank.astype(np.int64) << 40) + np.arange(len(rank))
    starts = np.flatnonzero(np.diff(pairs.conversion, prepend=-1))
    best = np.maximum.reduceat(score, starts) & ((1 << 40) - 1)
    return Pairs(pairs.conversion[best], pairs.event[best])


def _credited_rows(
    plan: Plan, conversions: Columns, events: Events, store: Columns, pairs: Pairs
) -> Columns:
    rows = {name: column[pairs.conversion] for name, column in conversions.items()}
    campaign = events.campaign[pairs.event]
    kinds = {"ad": np.uint16, "target": np.uint16, "place": np.uint8, "dev": np.uint8}
    rows |= {name: store[name][pairs.event].astype(kind) for name, kind in kinds.items()}
    rows |= {
        "traffic_t": store["t"][pairs.event].astype(np.int64),
        "traffic_n": store["n"][pairs.event].astype(np.int64),
        "imp_t": store["imp_t"][pairs.event].astype(np.int64),
        "click": events.click[pairs.event].astype(np.uint8),
        "cost": store["cost"][pairs.event].astype(np.int64),
        "promoted": _is_promoted(plan, conversions, pairs, campaign).astype(np.uint8),
    }
    return rows


def _relevant_rows(plan: Plan, conversions: Columns, events: Events, pairs: Pairs) -> Columns:
    met = np.zeros((len(conversions["t"]), len(plan.campaigns)), dtype=bool)
    met[pairs.conversion, events.campaign[pairs.event]] = True
    at, campaign = np.nonzero(met)
    rows = {name: column[at] for name, column in conversions.items()}
    item, sub = rows["item"].astype(np.int64), rows["sub"].astype(np.int64)
    code = np.where(plan.categories[campaign, plan.item_category[item]], CATEGORY, GL_PRODUCT)
    code = np.where(plan.subcategories[campaign, plan.item_subcategory[item]], SUBCATEGORY, code)
    code = np.where(plan.promoted[campaign, item], TRACKED, code)
    code = np.where((sub == SEARCH) | (sub == STORE), KEYWORD, code)
    code = np.where(sub >= OFF_AMAZON, NO_CODE, code)
    rows["campaign"], rows["code"] = campaign.astype(np.uint16), code.astype(np.uint8)
    return rows
