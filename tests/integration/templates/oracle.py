"""What the templates must find, worked out in plain Python over the events. No SQL here."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

Row = Mapping[str, Any]
Figures = dict[tuple[Any, ...], dict[str, Any]]

DAY = 86_400
TIME_COLUMNS = {
    "dsp_impressions": "impression_dt_utc",
    "dsp_clicks": "click_dt_utc",
    "sponsored_ads_traffic": "event_dt_utc",
    "amazon_attributed_events_by_conversion_time": "conversion_event_dt_utc",
    "amazon_attributed_events_by_traffic_time": "traffic_event_dt_utc",
    "conversions": "event_dt_utc",
}
BY_CONVERSION = "amazon_attributed_events_by_conversion_time"
BY_TRAFFIC = "amazon_attributed_events_by_traffic_time"


@dataclass(frozen=True)
class Events:
    """The rows of each data source, and the window that is asked about."""

    tables: Mapping[str, list[Row]]
    start: datetime
    end: datetime

    def rows(self, table: str, days_before: int = 0) -> Iterator[Row]:
        """The rows in the window, or from some days before it on."""
        first, column = self.start - timedelta(days=days_before), TIME_COLUMNS[table]
        for row in self.tables.get(table, []):
            if first <= row[column] < self.end:
                yield row

    def ad_events(self, days_before: int = 0) -> Iterator[dict[str, Any]]:
        """Impressions and clicks of every ad product in one form, money in currency units."""
        for row in self.rows("dsp_impressions", days_before):
            yield _ad_event(row, "dsp", "impression_dt", 1, 0, float(row["total_cost"] or 0) / 1e5)
        for row in self.rows("dsp_clicks", days_before):
            yield _ad_event(row, "dsp", "click_dt", 0, 1, 0.0)
        for row in self.rows("sponsored_ads_traffic", days_before):
            made = _ad_event(
                row, row["ad_product_type"], "event_dt", row["impressions"], row["clicks"],
                row["spend"] / 1e8,
            )  # fmt: skip
            vcpm = row["line_item_price_type"] == "VCPM" and row["viewable_impressions"] == 1
            yield made | {"credited_view": vcpm}

    def conversions(self, subtype: str) -> Iterator[Row]:
        """Conversions of one kind by known people."""
        for row in self.rows("conversions"):
            if row["event_subtype"] == subtype and row["user_id"] is not None:
                yield row


def _ad_event(
    row: Row, product: str, time: str, impressions: int, clicks: int, cost: float
) -> dict[str, Any]:
    return {
        "user": row["user_id"], "product": product, "campaign_id": str(row["campaign_id"]),
        "campaign": row["campaign"], "at": row[f"{time}_utc"], "hour": row[f"{time}_hour_utc"],
        "impressions": impressions, "clicks": clicks, "cost": cost,
        "currency": row["currency_iso_code"], "credited_view": product == "dsp" and not clicks,
    }  # fmt: skip


def _touches(events: Events, which: str) -> Iterator[dict[str, Any]]:
    for event in events.ad_events(28):
        counts = event["clicks"] or (which == "all" and event["impressions"])
        if which == "credited" and event["credited_view"]:
            counts = 1
        if counts and event["user"] is not None:
            yield event


def _seconds(earlier: datetime | None, later: datetime) -> int:
    """Whole seconds, as AMC counts them; none where the earlier time is not known."""
    return 0 if earlier is None else int((later - earlier).total_seconds())


def within(earlier: datetime, later: datetime, days: float) -> bool:
    """Whether something comes after another thing, by so many days at most."""
    return earlier <= later and _seconds(earlier, later) <= days * DAY


def _ratio(part: float, whole: float) -> float | None:
    return None if not whole else part / whole


def _key(level: str, product: str, campaign_id: str, campaign: str) -> tuple[str, str, str]:
    if level == "campaign":
        return product, campaign_id, campaign
    return ("all" if level == "total" else product), "all", "all"


def cross_channel(events: Events, level: str = "campaign") -> Figures:
    """Delivery, cost and credits, each ad product by the clock of its console."""
    sums: dict[Any, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    people: dict[Any, set[str]] = defaultdict(set)
    for event in events.ad_events():
        key = _key(level, event["product"], event["campaign_id"], event["campaign"])
        for name in ("impressions", "clicks", "cost"):
            sums[key][name] += event[name]
        if event["user"] is not None:
            people[key].add(event["user"])
    names = {
        "detail_page_views": "total_detail_page_view", "add_to_carts": "total_add_to_cart",
        "purchases": "total_purchases", "units": "total_units_sold", "sales": "total_product_sales",
    }  # fmt: skip
    for table in (BY_CONVERSION, BY_TRAFFIC):
        for row in events.rows(table):
            product = row["ad_product_type"] or "dsp"
            if (product in ("dsp", "sponsored_brands")) != (table == BY_CONVERSION):
                continue
            if _seconds(row["traffic_event_dt_utc"], row["conversion_event_dt_utc"]) > 14 * DAY:
                continue
            key = _key(level, product, str(row["campaign_id"]), row["campaign"])
            for name, column in names.items():
                sums[key][name] += float(row[column] or 0)
    return {
        key: {name: found[name] for name in ("impressions", "clicks", "cost", *names)}
        | {"users": len(people[key]), "roas": _ratio(found["sales"], found["cost"]),
           "click_rate": _ratio(found["clicks"], found["impressions"])}
        for key, found in sums.items()
    }  # fmt: skip


def new_to_brand(events: Events, level: str = "campaign") -> Figures:
    """People behind purchases, new and existing, with the cost of the window."""
    found: dict[Any, dict[str, Any]] = defaultdict(
        lambda: {"all": set(), "new": set(), "old": set(), "purchases": 0, "sales": 0.0,
                 "ntb_sales": 0.0, "cost": None}
    )  # fmt: skip
    for row in events.rows(BY_CONVERSION):
        product, purchases = row["ad_product_type"] or "dsp", row["total_purchases"]
        late = _seconds(row["traffic_event_dt_utc"], row["conversion_event_dt_utc"]) > 14 * DAY
        if row["conversion_event_subtype"] != "order" or not purchases or late:
            continue
        key = _key(level, product, str(row["campaign_id"]), row["campaign"])
        key = ("all", "all", "all", row["tracked_asin"]) if level == "product" else (*key, "all")
        one, new = found[key], row["new_to_brand_total_purchases"]
        one["purchases"] += purchases
        one["sales"] += float(row["total_product_sales"])
        one["ntb_sales"] += float(row["new_to_brand_total_product_sales"])
        if row["user_id"] is not None:
            one["all"].add(row["user_id"])
            one["new" if new else "old"].add(row["user_id"])
    if level != "product":
        for event in events.ad_events():
            if event["clicks"] and event["product"] == "dsp":
                continue
            key = _key(level, event["product"], event["campaign_id"], event["campaign"])
            one = found[(*key, "all")]
            one["cost"] = (one["cost"] or 0.0) + event["cost"]
    return {
        key: {"customers": len(one["all"]), "ntb_customers": len(one["new"]),
              "existing_customers": len(one["old"]), "purchases": one["purchases"],
              "sales": one["sales"], "ntb_sales": one["ntb_sales"], "cost": one["cost"],
              "ntb_customer_share": _ratio(len(one["new"]), len(one["all"]))}
        for key, one in found.items()
    }  # fmt: skip


def reach_frequency(events: Events, level: str = "campaign", most: int = 10) -> Figures:
    """People by number of impressions, and their credited purchases."""
    seen: dict[Any, list[float]] = defaultdict(lambda: [0, 0, 0.0, 0, 0.0])
    for event in events.ad_events():
        if event["user"] is not None:
            key = _key(level, event["product"], event["campaign_id"], event["campaign"])
            one = seen[(event["user"], *key)]
            one[0] += event["impressions"]
            one[1] += event["clicks"]
            one[2] += event["cost"]
    for row in events.rows(BY_TRAFFIC):
        if row["user_id"] is None or not row["total_purchases"]:
            continue
        if _seconds(row["traffic_event_dt_utc"], row["conversion_event_dt_utc"]) > 14 * DAY:
            continue
        product = row["ad_product_type"] or "dsp"
        key = _key(level, product, str(row["campaign_id"]), row["campaign"])
        if (row["user_id"], *key) in seen:
            seen[(row["user_id"], *key)][3] += row["total_purchases"]
            seen[(row["user_id"], *key)][4] += float(row["total_product_sales"])
    found: Figures = defaultdict(lambda: defaultdict(float))
    for (_, *key), (impressions, clicks, cost, purchases, sales) in seen.items():
        if impressions:
            one = found[(*key, min(int(impressions), most))]
            values = {"users": 1, "impressions": impressions, "clicks": clicks, "cost": cost,
                      "buyers": int(purchases > 0), "purchases": purchases,
                      "sales": sales}  # fmt: skip
            for name, value in values.items():
                one[name] += value
    return {key: dict(one) for key, one in found.items()}


def overlap(events: Events) -> Figures:
    """People by the set of ad products that reached them, and what they bought afterwards."""
    first: dict[str, datetime] = {}
    sets: dict[str, set[str]] = defaultdict(set)
    cost: dict[str, float] = defaultdict(float)
    for event in events.ad_events():
        user = event["user"]
        if user is not None:
            first[user] = min(first.get(user, event["at"]), event["at"])
            sets[user].add(event["product"])
            cost[user] += event["cost"]
    bought: dict[str, list[float]] = defaultdict(lambda: [0, 0.0])
    for row in events.conversions("order"):
        user = row["user_id"]
        if user in first and row["event_dt_utc"] >= first[user]:
            bought[user][0] += 1
            bought[user][1] += float(row["total_product_sales"])
    found: Figures = defaultdict(lambda: defaultdict(float))
    for user, names in sets.items():
        one = found[(" + ".join(sorted(names)), len(names))]
        purchases, sales = bought[user]
        values = {"users": 1, "cost": cost[user], "buyers": int(purchases > 0),
                  "purchases": purchases, "sales": sales}  # fmt: skip
        for name, value in values.items():
            one[name] += value
    for one in found.values():
        one["user_share"] = one["users"] / len(sets)
    return {key: dict(one) for key, one in found.items()}
