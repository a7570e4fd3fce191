"""One week of traffic of one instance: DSP impressions and clicks, sponsored-ads events.

All arrays, no row is touched by Python. The columns are narrow codes; names, places and devices
are joined when they are asked for.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from amc.sandbox.events.calendar import WEEK_US, busy, lookup, sample_times, week_start_us
from amc.sandbox.events.people import user_numbers, weeks_to_market
from amc.sandbox.events.plan import MEDIA, Plan, is_customer
from amc.sandbox.events.temper import MOST_LOYAL

Columns = dict[str, npt.NDArray[Any]]
Ints = npt.NDArray[np.int64]
Weights = tuple[tuple[float, ...], ...]

MICROCENTS = 100_000_000
SKEW = 3.4
"""Users are drawn with density x^(1/SKEW - 1): few see much, most see an ad once or twice."""
MEASURABLE, VIEWABLE = 1, 2
IMPRESSION, CLICK, VIEW = 0, 1, 2
PLACEMENTS: tuple[str, ...] = (
    "Top of Search on-Amazon",
    "Detail Page on-Amazon",
    "Other on-Amazon",
    "Homepage on-Amazon",
    "Off Amazon",
)
_PLACEMENT_SHARES: Weights = (
    (),  # DSP has places of its own
    (0.34, 0.36, 0.3, 0.0, 0.0),
    (0.7, 0.1, 0.2, 0.0, 0.0),
    (0.0, 0.55, 0.15, 0.15, 0.15),
    (0.0, 0.0, 0.0, 0.0, 1.0),
)
_CLICK_RATES = {1: 0.0095, 2: 0.0042, 3: 0.0026, 4: 0.0004}
_KEEN = 5.0
_DSP_CLICK_RATES = {"display": 0.0024, "online_video": 0.0016, "streaming_tv": 0.0003,
                    "audio": 0.0003, "search": 0.0}  # fmt: skip
_VIEWABLE = {2: 0.36, 3: 0.55, 4: 0.9}


@dataclass(frozen=True)
class Traffic:
    """The three tables of a week, each sorted by time `t` (microseconds since 1970)."""

    dsp: Columns
    dsp_clicks: Columns
    sponsored: Columns


def rng_for(seed: int, plan: Plan, week: int, stage: str) -> np.random.Generator:
    """The random numbers of a stage: they depend on nothing but these four."""
    key = [seed, crc32(plan.instance.instance_id.encode()), week, crc32(stage.encode())]
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(key)))


def make_traffic(plan: Plan, seed: int, week: int) -> Traffic:
    """The traffic of a week."""
    rng = rng_for(seed, plan, week, "traffic")
    counts = rng.poisson(plan.volume(week))
    is_dsp = plan.product == 0
    dsp, clicks = _dsp(plan, rng, week, np.where(is_dsp, counts, 0))
    return Traffic(dsp, clicks, _sponsored(plan, rng, week, np.where(is_dsp, 0, counts)))


def _served(plan: Plan, rng: np.random.Generator, week: int, counts: Ints) -> Columns:
    """Who sees which ad of which campaign when, campaign by campaign."""
    total = int(counts.sum())
    campaign = np.repeat(np.arange(len(counts)), counts)
    time = np.empty(total, dtype=np.int64)
    rank = np.empty(total, dtype=np.int64)
    stop = 0
    for at in np.flatnonzero(counts):
        start, stop = stop, stop + int(counts[at])
        _, hours = busy(week, plan.campaigns[at].media, plan.instance.timezone)
        time[start:stop] = sample_times(rng, week, hours, stop - start)
        place = plan.offset[at] + plan.width[at] * rng.random(stop - start) ** SKEW
        step, shift = plan.strides[plan.family[at]]
        slot = (place * plan.population).astype(np.int64)
        rank[start:stop] = (slot * step + shift) % plan.population
    ad = plan.ad_first[campaign] + _skewed(rng, plan.ad_count[campaign])
    order = by_time(time, week)
    return {
        "t": time[order],
        "user": user_numbers(rank[order], week, plan.population),
        "campaign": campaign[order],
        "ad": ad[order].astype(np.uint16),
    }


def by_time(time: Ints, week: int) -> Ints:
    """The stable order of instants of one week; sorts faster than argsort."""
    count = len(time)
    if count >= 1 << 22:
        return np.argsort(time, kind="stable")
    key = ((time - week_start_us(week)) // 1000 << 22) | np.arange(count)
    key.sort()
    return key & ((1 << 22) - 1)


def _skewed(rng: np.random.Generator, count: Ints) -> Ints:
    """A choice among `count` things, the first more often."""
    picked: Ints = (count * rng.random(len(count)) ** 1.4).astype(np.int64)
    return picked


def _numbers(week: int, count: int) -> Ints:
    """Ids of rows: unique over all weeks of an instance, below 2^36."""
    return (week << 26) + np.arange(count, dtype=np.int64)


def _dsp(plan: Plan, rng: np.random.Generator, week: int, counts: Ints) -> tuple[Columns, Columns]:
    rows = _served(plan, rng, week, counts)
    campaign = rows.pop("campaign").astype(np.int64)
    n = len(campaign)
    media = np.array([MEDIA.index(c.media) for c in plan.campaigns])[campaign]
    weights = tuple(tuple(p["weight"] * (p["media"] == m) for p in plan.places) for m in MEDIA)
    place = _pick(rng, media, weights)
    device = _pick(rng, media, tuple(tuple(d[m] for d in plan.devices) for m in MEDIA))
    bid = np.array([plan.campaigns[a.campaign].ad_groups[a.group].bid for a in plan.ads])
    level = np.array([p["cpm"] for p in plan.places])[place]
    cpm = bid[rows["ad"].astype(np.int64)] * level * np.exp(rng.normal(-0.08, 0.4, n))
    audible = media != MEDIA.index("audio")
    measurable = (rng.random(n) < 0.975) & audible
    seen = np.array([p["viewable"] for p in plan.places])[place]
    viewable = measurable & (rng.random(n) < seen)
    rows |= {
        "n": _numbers(week, n),
        "place": place.astype(np.uint8),
        "dev": device.astype(np.uint8),
        "flags": (measurable * MEASURABLE + viewable * VIEWABLE).astype(np.uint8),
        "cost": (cpm / 1000 * MICROCENTS).astype(np.int64),
    }
    rate = np.array([_DSP_CLICK_RATES[c.media] for c in plan.campaigns])
    rate *= plan.response**0.6 * plan.temper.click
    clicked = np.flatnonzero((rng.random(n) < rate[campaign] * 1.6) & (viewable | ~audible))
    return rows, _clicks(rng, week, rows, clicked)


def _clicks(rng: np.random.Generator, week: int, rows: Columns, clicked: Ints) -> Columns:
    found = {name: column[clicked] for name, column in rows.items()}
    found["imp_t"] = found["t"]
    found["t"] = _soon(rng, week, found["t"].astype(np.int64), 14.0)
    order = np.argsort(found["t"], kind="stable")
    return {name: column[order] for name, column in found.items()}


def _soon(rng: np.random.Generator, week: int, time: Ints, mean_s: float) -> Ints:
    """Some seconds later, in the same week (a week's block is complete in itself)."""
    wait = 1000 + (rng.exponential(mean_s * 1000, len(time))).astype(np.int64)
    later: Ints = np.minimum(time + wait * 1000, week_start_us(week) + WEEK_US - 1000)
    return later


def _pick(rng: np.random.Generator, kind: Ints, weights: Weights) -> Ints:
    """A choice by the weights of each row's kind."""
    draw = rng.integers(0, 65_536, len(kind), dtype=np.uint16)
    return _tables(weights)[kind, draw].astype(np.int64)


@lru_cache(maxsize=64)
def _tables(weights: Weights) -> npt.NDArray[np.uint8]:
    """The `lookup` of each kind; a kind without any weight is never drawn."""
    return np.stack([lookup(row if any(row) else (1.0,)) for row in weights])


def _sponsored(plan: Plan, rng: np.random.Generator, week: int, counts: Ints) -> Columns:
    shown = _served(plan, rng, week, counts)
    campaign = shown["campaign"].astype(np.int64)
    product = plan.product[campaign]
    n = len(campaign)
    target = plan.target_first[campaign] + _skewed(rng, plan.target_count[campaign])
    shown |= {
        "target": target.astype(np.uint16),
        "place": _pick(rng, product, _PLACEMENT_SHARES).astype(np.uint8),
        "dev": _pick(rng, np.zeros(n, dtype=np.int64),
                     (tuple(d["search"] for d in plan.devices),)).astype(np.uint8),
        "kind": np.full(n, IMPRESSION, dtype=np.uint8),
        "video": np.zeros(n, dtype=np.uint8),
        "spend": np.zeros(n, dtype=np.int64),
        "imp": np.arange(n, dtype=np.int64),
    }  # fmt: skip
    clicks = _sponsored_clicks(plan, rng, week, shown, product, campaign)
    views = _sponsored_views(plan, rng, week, shown, product, campaign)
    rows = {name: np.concatenate([shown[name], clicks[name], views[name]]) for name in shown}
    order = by_time(rows["t"].astype(np.int64), week)
    rows = {name: column[order] for name, column in rows.items() if name != "campaign"}
    rows["n"] = _numbers(week, len(order))
    # The impression behind a click or a view, by its number.
    number_of = np.empty(n, dtype=np.int64)
    first = rows["kind"] == IMPRESSION
    number_of[rows["imp"][first].astype(np.int64)] = rows["n"][first].astype(np.int64)
    rows["imp"] = number_of[rows["imp"].astype(np.int64)]
    return rows


def _sponsored_clicks(
    plan: Plan, rng: np.random.Generator, week: int, shown: Columns, product: Ints, campaign: Ints
) -> Columns:
    rate = np.array([0.0, *(_CLICK_RATES[code] for code in (1, 2, 3, 4))]) * plan.response**0.35
    top = np.array([1.9, 0.8, 0.8, 1.0, 0.6])[shown["place"].astype(np.int64)]
    draw, likely = rng.random(len(product)), rate[product] * top * plan.temper.click[campaign]
    # People about to buy, and customers, click far more often: look closer at who might.
    at = np.flatnonzero(draw < likely * _KEEN * MOST_LOYAL)
    users = shown["user"][at].astype(np.int64)
    weight = np.where(weeks_to_market(users, week) <= 1, _KEEN, 0.55)
    customer = is_customer(plan, users, plan.brand[campaign[at]])
    weight = np.where(customer, _KEEN * plan.temper.loyal[campaign[at]], weight)
    at = at[draw[at] < likely[at] * weight]
    found = {name: column[at] for name, column in shown.items()}
    found["t"] = _soon(rng, week, found["t"].astype(np.int64), 9.0)
    found["kind"] = np.full(len(at), CLICK, dtype=np.uint8)
    found["spend"] = _price(plan, rng, found, per_view=False) * ~plan.vcpm[campaign[at]]
    return found


def _sponsored_views(
    plan: Plan, rng: np.random.Generator, week: int, shown: Columns, product: Ints, campaign: Ints
) -> Columns:
    video = np.array(
        [c.ad_groups[0].creatives[0].creative_type == "video" for c in plan.campaigns]
    )[campaign]
    rate = np.array([0.0, 0.0, *(_VIEWABLE[code] for code in (2, 3, 4))])
    counted = plan.vcpm[campaign] | video
    at = np.flatnonzero(counted & (rng.random(len(product)) < rate[product]))
    found = {name: column[at] for name, column in shown.items()}
    found["t"] = _soon(rng, week, found["t"].astype(np.int64), 1.2)
    found["kind"] = np.full(len(at), VIEW, dtype=np.uint8)
    found["spend"] = _price(plan, rng, found, per_view=True) * plan.vcpm[campaign[at]]
    # Bits: 5 s, then 25, 50, 75, 100 %, then unmuted; each quarter is reached by fewer.
    watched = rng.random(len(at))
    bits = sum(
        ((watched < edge) << bit for bit, edge in enumerate((0.3, 0.22, 0.13, 0.08, 0.05, 0.004))),
        start=np.zeros(len(at), dtype=np.int64),
    )
    found["video"] = np.where(video[at], bits, 0).astype(np.uint8)
    return found


def _price(
    plan: Plan, rng: np.random.Generator, rows: Columns, *, per_view: bool
) -> npt.NDArray[np.int64]:
    bids = np.array([plan.campaigns[a.campaign].ad_groups[a.group].bid for a in plan.ads])
    bid = bids[rows["ad"].astype(np.int64)] / (1000 if per_view else 1)
    sigma = 0.3 if per_view else 0.75
    price = bid * np.exp(rng.normal(-sigma * sigma / 3, sigma, len(bid)))
    return (price * MICROCENTS).astype(np.int64)
