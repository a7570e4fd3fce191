"""As `oracle`, for the templates that follow people through time."""

from collections import defaultdict
from typing import Any

from tests.integration.templates.oracle import DAY, Events, Figures, _touches, within

MODELS = ("first_touch", "last_touch", "linear", "position_based", "time_decay")


def paths(
    events: Events, which: str = "all", lookback: int = 14, most: int = 5, subtype: str = "order"
) -> Figures:
    """People by the order in which they met the ad products."""
    bought: dict[str, dict[str, Any]] = {}
    for row in events.conversions(subtype):
        one = bought.setdefault(row["user_id"], {"at": row["event_dt_utc"], "n": 0, "sales": 0.0,
                                                 "new": 0})  # fmt: skip
        one["at"] = min(one["at"], row["event_dt_utc"])
        one["n"] += 1
        one["sales"] += float(row["total_product_sales"] or 0)
        one["new"] |= int(bool(row["new_to_brand"]))
    journeys: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for touch in _touches(events, which):
        end = bought[touch["user"]]["at"] if touch["user"] in bought else events.end
        if within(touch["at"], end, lookback):
            journeys[touch["user"]][touch["product"]].append(touch["at"])
    found: Figures = defaultdict(lambda: defaultdict(float))
    for user, steps in journeys.items():
        ordered = sorted(steps, key=lambda step: (min(steps[step]), step))[-most:]
        printed = ", ".join(f"[{n}, {step}]" for n, step in enumerate(ordered, start=1))
        one = found[(f"[{printed}]", len(ordered))]
        buyer = bought.get(user)
        one["users"] += 1
        one["ad_events"] += sum(len(steps[step]) for step in ordered)
        one["converted_users"] += buyer is not None
        one["conversions"] += buyer["n"] if buyer else 0
        one["sales"] += buyer["sales"] if buyer else 0.0
        one["ntb_users"] += buyer["new"] if buyer else 0
    return {key: dict(one) for key, one in found.items()}


def _weights(model: str, ages: list[float], half_life: float) -> list[float]:
    """The share of each touch, oldest first; `ages` in seconds before the conversion."""
    count = len(ages)
    if model == "first_touch":
        return [1.0] + [0.0] * (count - 1)
    if model == "last_touch":
        return [0.0] * (count - 1) + [1.0]
    if model == "linear" or (model == "position_based" and count <= 2):
        return [1 / count] * count
    if model == "position_based":
        return [0.4] + [0.2 / (count - 2)] * (count - 2) + [0.4]
    raw = [0.5 ** (age / (DAY * half_life)) for age in ages]
    return [value / sum(raw) for value in raw]


def attribution(
    events: Events, which: str = "credited", level: str = "campaign", lookback: int = 14,
    half_life: float = 7.0, subtype: str = "order",
) -> Figures:  # fmt: skip
    """Credit of every conversion shared among touches, under each model."""
    by_user: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for touch in _touches(events, which):
        by_user[touch["user"]].append(touch)
    found: Figures = defaultdict(lambda: {"users": set(), "conversions": 0.0, "sales": 0.0})
    for row in events.conversions(subtype):
        at, hour = row["event_dt_utc"], row["event_dt_hour_utc"]
        groups: dict[tuple[Any, ...], Any] = {}
        for touch in by_user.get(row["user_id"], ()):
            if within(touch["at"], at, lookback):
                key = (touch["product"], touch["campaign_id"], touch["campaign"], touch["hour"])
                groups[key] = max(groups.get(key, touch["at"]), touch["at"])
        ordered = sorted(groups, key=lambda key: (groups[key], key[0], key[1]))
        ages = [(hour - key[3]).total_seconds() for key in ordered]
        for model in MODELS if ordered else ():
            for key, weight in zip(ordered, _weights(model, ages, half_life), strict=True):
                if weight:
                    name = key[:3] if level == "campaign" else (key[0], "all", "all")
                    one = found[(model, *name)]
                    one["users"].add(row["user_id"])
                    one["conversions"] += weight
                    one["sales"] += weight * float(row["total_product_sales"] or 0)
    totals = {model: sum(o["conversions"] for k, o in found.items() if k[0] == model)
              for model in MODELS}  # fmt: skip
    return {
        key: {"users": len(one["users"]), "conversions": one["conversions"], "sales": one["sales"],
              "conversion_share": one["conversions"] / totals[key[0]]}
        for key, one in found.items()
    }  # fmt: skip


def carts(events: Events, wait: int = 7, split_by: str = "product", lookback: int = 14) -> Figures:
    """What became of each pair of person and product in a cart."""
    opened: dict[tuple[str, str], Any] = {}
    for row in events.conversions("shoppingCart"):
        age = (events.end - row["event_dt_utc"]).total_seconds()
        if row["tracked_item"] is not None and age >= wait * DAY:
            key = (row["user_id"], row["tracked_item"])
            opened[key] = min(opened.get(key, row["event_dt_utc"]), row["event_dt_utc"])
    orders: dict[str, list[Any]] = defaultdict(list)
    sold: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in events.conversions("order"):
        orders[row["user_id"]].append((row["event_dt_utc"], row["tracked_item"]))
        sold[row["tracked_item"]][0] += float(row["total_product_sales"])
        sold[row["tracked_item"]][1] += row["total_units_sold"]
    ads: dict[str, list[Any]] = defaultdict(list)
    for touch in events.ad_events(28):
        if touch["user"] is not None:
            ads[touch["user"]].append((touch["at"], touch["product"]))
    found: Figures = defaultdict(lambda: defaultdict(float))
    shoppers: dict[Any, set[str]] = defaultdict(set)
    for (user, item), at in opened.items():
        after = {other for when, other in orders[user] if within(at, when, wait)}
        before = [(when, product) for when, product in ads[user]
                  if within(when, at, lookback)]  # fmt: skip
        latest = max((when for when, _ in before), default=None)
        last = min((product for when, product in before if when == latest), default="none")
        key = (
            item if split_by != "ad_product" else "all",
            last if split_by != "product" else "all",
        )
        one = found[key]
        shoppers[key].add(user)
        one["carts"] += 1
        outcome = "bought" if item in after else "bought_other" if after else "abandoned"
        one[outcome] += 1
        if sold[item][1]:
            one["priced"] = 1
            price = sold[item][0] / sold[item][1]
            one["abandoned_value"] += price if outcome == "abandoned" else 0.0
    return {
        key: {name: one[name] for name in ("carts", "bought", "bought_other", "abandoned")}
        | {
            "shoppers": len(shoppers[key]),
            "abandoned_value": one["abandoned_value"] if one["priced"] else None,
        }
        for key, one in found.items()
    }
