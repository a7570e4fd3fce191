"""The events of an instance in plain Python, read from the Parquet files that the local AMC made.

Nothing here goes through SQL, ours or DuckDB's: rows are dictionaries, users are numbers, and a
user who was never resolved is None.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from amc.sandbox.events.calendar import LAG_HOURS

Row = dict[str, Any]
Groups = dict[tuple[Any, ...], list[Row]]


def user_of(number: int) -> int | None:
    """None for the 2.5 % of users who have no id."""
    scrambled = (number * 2_654_435_761) % 2**32
    return None if (scrambled >> 11) % 1000 < 25 else number


def lag_of(number: int) -> timedelta:
    """How late a user's events arrive."""
    scrambled = (number * 2_654_435_761) % 2**32
    return timedelta(hours=LAG_HOURS[(scrambled >> 5) % len(LAG_HOURS)])


@dataclass(frozen=True)
class Events:
    """What happened in an instance in [start, end) and has arrived by `now`; all naive UTC."""

    folder: Path
    start: datetime
    end: datetime
    now: datetime

    def rows(self, table: str, time: str = "t", start: datetime | None = None) -> list[Row]:
        """The rows of a file table in the window, `user` None where there is no id.

        `number` is the user in any case: where somebody lives is known without an id.
        """
        found: list[Row] = []
        for path in sorted((self.folder / table).glob("*.parquet")):
            found += [
                row | {"user": user_of(row["user"]), "number": row["user"]}
                for row in pq.read_table(path).to_pylist()
                if (start or self.start) <= row[time] < self.end
                and row["t"] + lag_of(row["user"]) <= self.now
            ]
        return found

    def dimension(self, name: str) -> dict[int, Row]:
        """A dimension's rows by number."""
        rows = pq.read_table(self.folder / "dims" / f"{name}.parquet").to_pylist()
        return {row["i"]: row for row in rows}

    def _with_ads(self, rows: list[Row]) -> list[Row]:
        ads = self.dimension("ads")
        for row in rows:
            ad = ads[row["ad"]]
            row["campaign"], row["product"] = ad["campaign"], ad["ad_product_type"] or "dsp"
            row["currency"] = ad["currency_iso_code"]
            row["id"] = ad["campaign_id_string"]
        return rows

    @cached_property
    def dsp(self) -> list[Row]:
        """DSP impressions."""
        return self._with_ads(self.rows("dsp"))

    @cached_property
    def dsp_clicks(self) -> list[Row]:
        """DSP clicks."""
        return self._with_ads(self.rows("dsp_clicks"))

    @cached_property
    def sponsored(self) -> list[Row]:
        """Sponsored events: `impression`, `click` 0 or 1."""
        return self.sponsored_since(self.start)

    def sponsored_since(self, start: datetime) -> list[Row]:
        """Those from another start on."""
        rows = self._with_ads(self.rows("sponsored", start=start))
        return [
            row | {"impression": int(row["kind"] == 0), "click": int(row["kind"] == 1)}
            for row in rows
        ]

    @cached_property
    def impressions(self) -> list[Row]:
        """Impressions of all ad products."""
        return [*self.dsp, *(row for row in self.sponsored if row["impression"])]

    def _with_items(self, rows: list[Row]) -> list[Row]:
        kinds, items = self.dimension("subtypes"), self.dimension("items")
        for row in rows:
            kind = kinds[row["sub"]]
            row["subtype"], row["category"] = kind["subtype"], kind["category"]
            row["asin"] = items[row["item"]]["asin"] if kind["subtype"] == "order" else None
            sales = Decimal(row["price"]) * row["units"] / 10000
            row["sales"] = Decimal(0) if kind["off"] else sales
            row["new"] = row["ntb"] == 2
        return rows

    @cached_property
    def conversions(self) -> list[Row]:
        """Conversions after an ad event."""
        return self._with_items(self.rows("conversions"))

    @cached_property
    def orders(self) -> list[Row]:
        """Purchases among them."""
        return [row for row in self.conversions if row["subtype"] == "order"]

    @cached_property
    def attributed(self) -> list[Row]:
        """Conversions with the ad event that has the credit, by the conversion's time."""
        return self._with_ads(self._with_items(self.rows("attributed")))

    @cached_property
    def attributed_by_traffic(self) -> list[Row]:
        """The same by the ad event's time."""
        return self._with_ads(self._with_items(self.rows("attributed", time="traffic_t")))


def by(rows: Iterable[Row], *keys: str | Callable[[Row], Hashable]) -> Groups:
    """Rows grouped by columns or functions of them."""
    found: Groups = defaultdict(list)
    for row in rows:
        found[tuple(key(row) if callable(key) else row[key] for key in keys)].append(row)
    return found


def users(rows: Iterable[Row]) -> set[int]:
    """The users with an id."""
    return {row["user"] for row in rows} - {None}


def resolved(rows: Iterable[Row]) -> list[Row]:
    """The rows of users with an id."""
    return [row for row in rows if row["user"] is not None]


def shown(rows: list[Row], required: int, *figures: str) -> bool:
    """Whether AMC shows a row: enough users, and enough (or none) behind each of its figures."""
    behind = [{r["user"] for r in rows if r[figure]} - {None} for figure in figures]
    return len(users(rows)) >= required and all(not b or len(b) >= required for b in behind)
