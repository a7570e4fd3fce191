"""What is true of the events, worked out from the generator's arrays, never through AMC SQL.

Tests hold query results against it. Users without an id (NULL user_id) count nowhere.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from amc.sandbox.events.calendar import HOUR_US
from amc.sandbox.events.conversions import NTB_TRUE
from amc.sandbox.events.journeys import ORDER
from amc.sandbox.events.making import Maker
from amc.sandbox.events.people import is_resolved, lag_hours
from amc.sandbox.events.plan import PRODUCTS
from amc.sandbox.events.selecting import weeks_of
from amc.sandbox.events.traffic import IMPRESSION, Columns

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Truth:
    """An instance over a window [start, end) as it has arrived at `now`, all aware instants."""

    maker: Maker
    start: datetime
    end: datetime
    now: datetime

    @cached_property
    def impressions(self) -> Columns:
        """Impressions of all ad products: user, t, campaign (number in the plan), in order."""
        ads = np.array([ad.campaign for ad in self.maker.plan.ads], dtype=np.int64)
        parts = []
        for table in ("dsp", "sponsored"):
            rows = self.rows(table)
            if table == "sponsored":
                shown = rows["kind"] == IMPRESSION
                rows = {name: column[shown] for name, column in rows.items()}
            parts.append({"user": rows["user"].astype(np.int64), "t": rows["t"],
                          "campaign": ads[rows["ad"].astype(np.int64)]})  # fmt: skip
        found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        order = np.lexsort((found["t"], found["user"]))
        return {name: column[order] for name, column in found.items()}

    def rows(self, table: str, time: str = "t") -> Columns:
        """Rows of resolved users that lie in the window and have arrived."""
        weeks = weeks_of(self.start, self.end, (0, 15) if time == "traffic_t" else (0, 0), self.now)
        self.maker.need(table, weeks)
        parts = [self.maker.cache.read(table, week) for week in weeks]
        found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        first, last, now = (_micros(at) for at in (self.start, self.end, self.now))
        keep = (found[time] >= first) & (found[time] < last) & is_resolved(found["user"])
        keep &= found["t"] + lag_hours(found["user"]) * HOUR_US <= now
        return {name: column[keep] for name, column in found.items()}

    def reach(self, campaign_id_string: str | None = None) -> int:
        """How many users saw an ad (of a campaign)."""
        rows = self.impressions
        if campaign_id_string is None:
            return len(np.unique(rows["user"]))
        return len(np.unique(rows["user"][rows["campaign"] == self._code(campaign_id_string)]))

    def frequency(self, campaign_id_string: str) -> Counter[int]:
        """How many users saw a campaign so many times."""
        rows = self.impressions
        users = rows["user"][rows["campaign"] == self._code(campaign_id_string)]
        _, times = np.unique(users, return_counts=True)
        return Counter(int(count) for count in times)

    def overlap(self) -> Counter[tuple[str, ...]]:
        """How many users were met by exactly these ad products."""
        rows, found = self.impressions, Counter[tuple[str, ...]]()
        bits = np.int64(1) << self.maker.plan.product[rows["campaign"]]
        _, first = np.unique(rows["user"], return_index=True)
        if not len(first):
            return found
        for mask, count in Counter(np.bitwise_or.reduceat(bits, first).tolist()).items():
            found[tuple(p for at, p in enumerate(PRODUCTS) if mask >> at & 1)] = count
        return found

    def paths(self) -> Counter[tuple[str, ...]]:
        """How many users met campaigns in this order (each at its first impression)."""
        rows, found = self.impressions, Counter[tuple[str, ...]]()
        names = [campaign.name for campaign in self.maker.plan.campaigns]
        for codes in _by_user(rows["user"], rows["campaign"].tolist()):
            found[tuple(names[code] for code in dict.fromkeys(codes))] += 1
        return found

    def buyers(self) -> int:
        """How many users ordered, after an ad in the 28 days before."""
        rows = self.rows("conversions")
        return len(np.unique(rows["user"][rows["sub"] == ORDER]))

    def new_to_brand(self) -> tuple[int, int]:
        """Attributed orders (by the conversion's time): new to the brand, and all."""
        rows = self.rows("attributed")
        orders = rows["sub"] == ORDER
        return int(np.sum(orders & (rows["ntb"] == NTB_TRUE))), int(orders.sum())

    def _code(self, campaign_id_string: str) -> int:
        ids = [campaign.campaign_id_string for campaign in self.maker.plan.campaigns]
        return ids.index(campaign_id_string)


def _micros(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp()) * 1_000_000 + at.microsecond


def _by_user(users: Ints, values: Sequence[int]) -> Iterable[Sequence[int]]:
    """The values of each user, in order; users must stand together."""
    edges = [*np.flatnonzero(np.diff(users, prepend=-1)).tolist(), len(users)]
    return (values[a:b] for a, b in pairwise(edges))
