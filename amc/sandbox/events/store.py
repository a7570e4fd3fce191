"""The event store: any table of any instance over any window, made when it is first asked for."""

import threading
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from amc.clock import Clock
from amc.errors import MissingError
from amc.sandbox.events.attributed_view import BY_CONVERSION, BY_TRAFFIC
from amc.sandbox.events.calendar import RETENTION
from amc.sandbox.events.columns import Scope, View, duck_type
from amc.sandbox.events.making import Maker
from amc.sandbox.events.more_views import MORE
from amc.sandbox.events.plan import build_plan
from amc.sandbox.events.selecting import Query, weeks_of
from amc.sandbox.events.views import CONVERSIONS, DSP_CLICKS, DSP_IMPRESSIONS, RELEVANT, SPONSORED
from amc.sandbox.world import World
from amc.sql.catalog import DataSource, load_catalog

VERSION = 4
"""Of the generator: a change in what it makes needs another, so that old caches are not read."""

VIEWS: Mapping[str, View] = {
    "dsp_impressions": DSP_IMPRESSIONS,
    "dsp_clicks": DSP_CLICKS,
    "sponsored_ads_traffic": SPONSORED,
    "conversions": CONVERSIONS,
    "conversions_with_relevance": RELEVANT,
    "amazon_attributed_events_by_conversion_time": BY_CONVERSION,
    "amazon_attributed_events_by_traffic_time": BY_TRAFFIC,
    **MORE,
}
"""The data sources that have data."""


class EventStore:
    """Synthetic events, deterministic from the seed; files are kept between runs."""

    def __init__(self, world: World, *, seed: int, cache_dir: Path, clock: Clock) -> None:
        """Keep Parquet files below `cache_dir`; `clock` says what has arrived."""
        self.world, self.seed, self._clock = world, seed, clock
        self.folder = cache_dir / f"events-v{VERSION}-{world.fingerprint}-{seed}"
        self._makers: dict[str, Maker] = {}
        self._guard = threading.Lock()

    def relation(
        self,
        instance_id: str,
        source_name: str,
        columns: Collection[str],
        start: datetime,
        end: datetime,
    ) -> str:
        """A parenthesised SELECT of DuckDB with exactly these columns, in this order.

        Rows have their time column in [start, end) (aware instants), have arrived by the clock's
        now, and are no older than AMC's memory of 13 months. What is missing of the data is made
        first. Types are those of the catalog.

        Raises:
            MissingError: no such instance, source or column, or the instance lacks the source.
        """
        source = self._source(instance_id, source_name)
        maker = self._maker(instance_id)
        now = self._clock.now()
        names = [name.lower() for name in columns]
        view = VIEWS[source.name]
        first, last = max(start, now - view.memory), min(end, now)
        if first >= last and view.time:
            return self._nothing(source, names)
        return Query(view, source, Scope(maker.plan, first, last), maker, now).select(names)

    def files(self, instance_id: str) -> Path:
        """The folder of an instance's files, for a connection that may read nothing else."""
        return self.folder / instance_id

    def warm(self, instance_ids: Iterable[str], start: datetime, end: datetime) -> None:
        """Make all data of some instances for a window, before anybody asks."""
        now = self._clock.now()
        for instance_id in instance_ids:
            maker = self._maker(instance_id)
            first, last = max(start, now - RETENTION), min(end, now)
            if first < last:
                for table in ("dsp", "conversions"):
                    maker.need(table, weeks_of(first, last, (0, 0), now))

    def maker_of(self, instance_id: str) -> Maker:
        """The maker of an instance's files, for tests that read the events themselves."""
        return self._maker(instance_id)

    def _maker(self, instance_id: str) -> Maker:
        with self._guard:
            maker = self._makers.get(instance_id)
            if maker is None:
                instance = self.world.instance(instance_id)
                if instance is None:
                    raise MissingError(f"There is no instance {instance_id}.")
                maker = Maker(build_plan(instance), self.seed, self.folder / instance_id)
                self._makers[instance_id] = maker
            return maker

    def _source(self, instance_id: str, source_name: str) -> DataSource:
        instance = self.world.instance(instance_id)
        if instance is None:
            raise MissingError(f"There is no instance {instance_id}.")
        source = load_catalog().table(source_name)
        if source is None or source.name not in VIEWS:
            raise MissingError(f"There is no data for {source_name}.")
        if not instance.serves(source.name):
            raise MissingError(f"Instance {instance_id} does not have {source_name}.")
        return source

    def _nothing(self, source: DataSource, names: list[str]) -> str:
        parts = []
        for name in names or ["1"]:
            column = source.column(name)
            kind = duck_type(column.data_type) if column else "INTEGER"
            parts.append(f'CAST(NULL AS {kind}) AS "{name}"')
        return f"(SELECT {', '.join(parts)} WHERE FALSE)"
