"""Data of an execution that names advertisers, and of instances that have no data yet."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amc.sandbox.events import EventStore
    from amc.sql.catalog import Catalog

Relation = Callable[[str, str, Collection[str], datetime, datetime], str]
_ADVERTISERS: ContextVar[tuple[str, ...]] = ContextVar("advertisers", default=())
_KEYS = ("advertiser_id", "entity_id")
"""Columns that name the advertiser of an event: of the DSP, and of a sponsored-ads account."""


@contextmanager
def narrowed(advertisers: Sequence[Mapping[str, Any]]) -> Iterator[None]:
    """Until the block ends, this thread's relations hold events of these advertisers alone."""
    token = _ADVERTISERS.set(tuple(str(item["id"]) for item in advertisers))
    try:
        yield
    finally:
        _ADVERTISERS.reset(token)


def relation_of(store: "EventStore", catalog: "Catalog") -> Relation:
    """The store's relations, narrowed to advertisers; empty for instances it does not know."""

    def relation(
        instance_id: str, source: str, columns: Collection[str], start: datetime, end: datetime
    ) -> str:
        if store.world.instance(instance_id) is None:
            return _nothing(catalog, source, columns)
        wanted = _ADVERTISERS.get()
        table = catalog.table(source)
        keys = [key for key in _KEYS if table is not None and table.column(key) is not None]
        if not wanted or not keys:
            return store.relation(instance_id, source, columns, start, end)
        more = [*columns, *(key for key in keys if key not in columns)]
        inner = store.relation(instance_id, source, more, start, end)
        ids = ", ".join("'" + text.replace("'", "''") + "'" for text in wanted)
        test = " OR ".join(f'CAST("{key}" AS VARCHAR) IN ({ids})' for key in keys)
        names = ", ".join(f'"{name.lower()}"' for name in columns)
        return f"(SELECT {names} FROM {inner} AS every_advertiser WHERE {test})"  # noqa: S608

    return relation


def _nothing(catalog: "Catalog", source: str, columns: Collection[str]) -> str:
    from amc.sandbox.events.columns import duck_type

    table, parts = catalog.table(source), []
    for name in columns:
        column = table.column(name) if table else None
        kind = duck_type(column.data_type) if column else "INTEGER"
        parts.append(f'CAST(NULL AS {kind}) AS "{name.lower()}"')
    return f"(SELECT {', '.join(parts) or '1'} WHERE FALSE)"
