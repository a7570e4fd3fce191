"""The conversions of one week, from the journeys of the traffic weeks before."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from amc.sandbox.events.calendar import WEEK_US, week_start, week_start_us
from amc.sandbox.events.journeys import FIRST_SNS, ORDER, REPEAT_SNS
from amc.sandbox.events.plan import Plan, is_customer
from amc.sandbox.events.traffic import Columns

Ints = npt.NDArray[np.int64]

NTB_NOT_APPLICABLE, NTB_FALSE, NTB_TRUE = 0, 1, 2
PRICE_SCALE = 10_000
"""Prices are whole ten-thousandths of the currency unit, as DECIMAL(38,4) stores them."""


def make_conversions(plan: Plan, week: int, journeys: Sequence[Columns]) -> Columns:
    """The conversions that fall into a week, sorted by time.

    Columns: those of the journeys, and n (the conversion's number), price (PRICE_SCALE, per
    unit; 0 where nothing is sold) and ntb (codes above).
    """
    first, last = week_start_us(week), week_start_us(week + 1)
    parts: list[Columns] = []
    for rows in journeys:
        lo, hi = np.searchsorted(rows["t"], [first, last])
        parts.append({name: column[lo:hi] for name, column in rows.items()})
    found: Columns = {name: np.concatenate([p[name] for p in parts]) for name in journeys[0]}
    return finish(plan, week, found)


def finish(plan: Plan, week: int, rows: Columns, first: int = 0) -> Columns:
    """Steps of a week with their numbers (from `first`), prices and new-to-brand codes."""
    order = np.argsort(rows["t"], kind="stable")
    found = {name: column[order] for name, column in rows.items()}
    found["n"] = (week << 26) + first + np.arange(len(order), dtype=np.int64)
    found["price"] = _prices(plan, week, found)
    found["ntb"] = _new_to_brand(plan, found)
    return found


def _prices(plan: Plan, week: int, rows: Columns) -> npt.NDArray[np.int64]:
    listed = np.array([p.price for p in plan.instance.products])
    day = week_start(week)
    event = (day.month == 7 and 5 <= day.day <= 13) or (day.month == 11 and day.day >= 18)
    # A tenth of the products is on offer in any week; on the big days half of them are.
    share = 5 if event else 1
    offer = np.array([(week * 31 + at * 17) % 10 < share for at in range(len(listed))])
    now = np.round(listed * np.where(offer, 0.8, 1.0), 0 if plan.instance.market.level > 50 else 2)
    price = np.round(now * PRICE_SCALE).astype(np.int64)[rows["item"].astype(np.int64)]
    sold: npt.NDArray[np.int64] = price * (rows["units"] > 0)
    return sold


def _new_to_brand(plan: Plan, rows: Columns) -> npt.NDArray[np.uint8]:
    """The first order of a new customer is new to the brand, every other order is not."""
    found = np.zeros(len(rows["t"]), dtype=np.uint8)
    at = np.flatnonzero(np.isin(rows["sub"], (ORDER, FIRST_SNS, REPEAT_SNS)))
    users, brand = rows["user"][at].astype(np.int64), rows["brand"][at].astype(np.int64)
    found[at] = NTB_FALSE
    new = np.flatnonzero(~is_customer(plan, users, brand))
    _, first = np.unique(users[new] * 64 + brand[new], return_index=True)
    found[at[new[first]]] = NTB_TRUE
    return found


def weeks_behind(week: int) -> range:
    """The traffic weeks whose journeys reach into a week (28 days before its first instant)."""
    return range(week - 28 * 86_400_000_000 // WEEK_US, week + 1)
