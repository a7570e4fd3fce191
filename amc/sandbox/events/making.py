"""Makes the missing weeks of an instance, each from nothing but the seed and earlier weeks."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Lock

from amc.sandbox.events.attribution import attribute
from amc.sandbox.events.conversions import make_conversions, weeks_behind
from amc.sandbox.events.dims import DIMENSIONS
from amc.sandbox.events.extras import make_live, make_store_visits, make_unexposed
from amc.sandbox.events.files import Cache, Locks
from amc.sandbox.events.journeys import make_journeys
from amc.sandbox.events.plan import Plan
from amc.sandbox.events.traffic import Traffic, make_traffic

TRAFFIC: tuple[str, ...] = ("dsp", "dsp_clicks", "sponsored")
OUTCOMES: tuple[str, ...] = ("conversions", "attributed", "relevant")
VISITS: tuple[str, ...] = ("store_pages", "store_events")
_KEPT_ROWS = 8_000_000


class Maker:
    """The files of one instance."""

    def __init__(self, plan: Plan, seed: int, folder: Path) -> None:
        """Keep them below a folder."""
        self.plan, self.cache = plan, Cache(folder)
        self._seed, self._locks = seed, Locks()
        self._kept: OrderedDict[int, Traffic] = OrderedDict()
        self._guard = Lock()

    def need(self, table: str, weeks: Iterable[int], workers: int = 2) -> list[Path]:
        """Make what is missing of a table's weeks; the files, in order of time."""
        wanted = list(weeks)
        missing = [week for week in wanted if not self.cache.path(table, week).exists()]
        if table in OUTCOMES:
            behind = sorted({back for week in missing for back in weeks_behind(week)})
            self._each(self._journeys, behind, workers)
            self._each(self._outcomes, missing, workers)
        elif table in TRAFFIC:
            self._each(self._traffic, missing, workers)
        elif table in VISITS:
            self.need("conversions", missing, workers)
            self._each(self._visits, missing, workers)
        else:
            self._each(partial(self._extra, table), missing, workers)
        self.forget()
        return [self.cache.path(table, week) for week in wanted]

    def dimension(self, name: str) -> Path:
        """The file of a dimension table."""
        path = self.cache.dimension(name)
        self._locks.once(
            name, path.exists, lambda: self.cache.write_rows(name, DIMENSIONS[name](self.plan))
        )
        return path

    def forget(self) -> None:
        """Let go of the traffic in memory."""
        with self._guard:
            self._kept.clear()

    def _each(self, make: Callable[[int], None], weeks: list[int], workers: int) -> None:
        if len(weeks) < 2 or self.plan.instance.events_per_month < 200_000:
            for week in weeks:
                make(week)
            return
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(make, weeks))

    def _traffic(self, week: int) -> None:
        def make() -> None:
            made = make_traffic(self.plan, self._seed, week)
            self._keep(week, made)
            # The last one is the sign that all three are there.
            for name, rows in (("dsp", made.dsp), ("dsp_clicks", made.dsp_clicks),
                               ("sponsored", made.sponsored)):  # fmt: skip
                self.cache.write(name, week, rows)

        self._locks.once(("traffic", week), lambda: self._has(TRAFFIC, week), make)

    def _journeys(self, week: int) -> None:
        def make() -> None:
            rows = make_journeys(self.plan, self._seed, week, self._load(week))
            self.cache.write("journeys", week, rows)

        self._locks.once(("journeys", week), lambda: self._has(("journeys",), week), make)

    def _outcomes(self, week: int) -> None:
        def make() -> None:
            behind = weeks_behind(week)
            for back in behind:
                self._journeys(back)
            conversions = make_conversions(
                self.plan, week, [self.cache.read("journeys", back) for back in behind]
            )
            credited, relevant = attribute(
                self.plan, conversions, [self._load(back) for back in behind]
            )
            for name, rows in (("conversions", conversions), ("attributed", credited),
                               ("relevant", relevant)):  # fmt: skip
                self.cache.write(name, week, rows)

        self._locks.once(("outcomes", week), lambda: self._has(OUTCOMES, week), make)

    def _visits(self, week: int) -> None:
        def make() -> None:
            conversions = self.cache.read("conversions", week)
            made = make_store_visits(self.plan, self._seed, week, conversions)
            for name, rows in zip(VISITS, made, strict=True):
                self.cache.write(name, week, rows)

        self._locks.once(("visits", week), lambda: self._has(VISITS, week), make)

    def _extra(self, table: str, week: int) -> None:
        make = {"unexposed": make_unexposed, "live": make_live}[table]
        self._locks.once(
            (table, week),
            lambda: self._has((table,), week),
            lambda: self.cache.write(table, week, make(self.plan, self._seed, week)),
        )

    def _has(self, tables: tuple[str, ...], week: int) -> bool:
        return all(self.cache.path(name, week).exists() for name in tables)

    def _load(self, week: int) -> Traffic:
        """A week's traffic, from memory, from its files, or made now."""
        with self._guard:
            found = self._kept.get(week)
        if found is None:
            self._traffic(week)
            found = Traffic(*(self.cache.read(name, week) for name in TRAFFIC))
            self._keep(week, found)
        return found

    def _keep(self, week: int, traffic: Traffic) -> None:
        with self._guard:
            self._kept[week] = traffic
            self._kept.move_to_end(week)
            while (
                sum(len(t.dsp["t"]) + len(t.sponsored["t"]) for t in self._kept.values())
                > (_KEPT_ROWS)
                and len(self._kept) > 1
            ):
                self._kept.popitem(last=False)
