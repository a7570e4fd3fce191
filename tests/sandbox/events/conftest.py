"""A store on a frozen clock, and a DuckDB that reads it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from amc.clock import FrozenClock
from amc.sandbox.events import EventStore
from amc.sandbox.events.truth import Truth
from amc.sandbox.world import Instance, World, load_world

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
END = datetime(2026, 11, 20, tzinfo=UTC)
START = END - timedelta(days=30)
SANDBOX = "amchnfozgta"

Rows = list[tuple[Any, ...]]


class Asker:
    """Runs hand-written DuckDB SQL over relations of one instance."""

    def __init__(self, store: EventStore, instance_id: str) -> None:
        self.store, self.instance_id = store, instance_id
        self.db = duckdb.connect(config={"threads": 2})

    def table(
        self, name: str, columns: list[str], start: datetime = START, end: datetime = END
    ) -> str:
        return self.store.relation(self.instance_id, name, columns, start, end)

    def ask(self, sql: str, start: datetime = START, end: datetime = END, **tables: Any) -> Rows:
        """`{name}` in the SQL becomes the relation of `name=(source, "column column …")`."""
        for key, (source, columns) in tables.items():
            sql = sql.replace("{" + key + "}", self.table(source, columns.split(), start, end))
        return self.db.execute(sql).fetchall()


@pytest.fixture(scope="session")
def world() -> World:
    return load_world()


@pytest.fixture(scope="session")
def small(world: World) -> Instance:
    """The smallest instance with DSP: 20,000 events a month."""
    return next(i for i in world.instances if i.events_per_month == 20_000 and i.has_dsp)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("events")


@pytest.fixture(scope="session")
def store(world: World, cache: Path) -> EventStore:
    return EventStore(world, seed=1, cache_dir=cache, clock=FrozenClock(NOW))


@pytest.fixture(scope="session")
def sandbox(store: EventStore) -> Iterator[Asker]:
    asker = Asker(store, SANDBOX)
    yield asker
    asker.db.close()


@pytest.fixture(scope="session")
def little(store: EventStore, small: Instance) -> Iterator[Asker]:
    asker = Asker(store, small.instance_id)
    yield asker
    asker.db.close()


@pytest.fixture(scope="session")
def truth(store: EventStore) -> Callable[[str], Truth]:
    return lambda instance_id: Truth(store.maker_of(instance_id), START, END, NOW)
