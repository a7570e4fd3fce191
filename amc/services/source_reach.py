"""Which instances have which data source, and the tables that only instances know of."""

from dataclasses import dataclass
from typing import Any

from amc.db.engine import Database
from amc.db.repos import fleet as repo
from amc.services.instance_views import known_instances, source_view
from amc.services.scope import Scoped
from amc.sql.catalog import load_catalog

_MOST_OWN = 200


@dataclass(frozen=True, slots=True)
class OwnTable:
    """A table that the shipped catalog does not know: one that was uploaded to an instance."""

    name: str
    description: str
    kind: str
    columns: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SourceReach:
    """Which of the instances that Amazon was asked about have what.

    Attributes:
        instances: their names.
        there: by lower-case name of a data source: places in `instances` of those that have it.
        unasked: how many instances nobody has asked Amazon about yet.
        own: tables that the shipped catalog does not know.
    """

    instances: list[str]
    there: dict[str, frozenset[int]]
    unasked: int
    own: list[OwnTable]


class SourceReaches(Scoped):
    """The part of instances that tells which data source is where."""

    _database: Database

    def source_reach(self) -> SourceReach:
        """Of every instance in reach and in use, as of its last sync."""
        catalog = load_catalog()
        with self._database.read() as session:
            allowed = self._scope.instance_ids(session)
            known = [
                k
                for k in known_instances(session)
                if k.view.active and (allowed is None or k.view.instance_id in allowed)
            ]
            asked = [k for k in known if k.sources is not None]
            there: dict[str, set[int]] = {}
            first: dict[str, str] = {}
            for index, one in enumerate(asked):
                for name in one.sources or ():
                    there.setdefault(name, set()).add(index)
                    if catalog.table(name) is None and len(first) < _MOST_OWN:
                        first.setdefault(name, one.view.instance_id)
            own = [
                table
                for instance_id in dict.fromkeys(first.values())
                for table in self._own_of(session, instance_id, first)
            ]
        return SourceReach(
            [k.view.name or k.view.instance_id for k in asked],
            {name: frozenset(indexes) for name, indexes in there.items()},
            len(known) - len(asked),
            own,
        )

    def _own_of(self, session: Any, instance_id: str, first: dict[str, str]) -> list[OwnTable]:
        row = repo.instance(session, instance_id)
        found = []
        for item in (row.sources or []) if row is not None else []:
            view = source_view(item)
            if first.get(view.name.lower()) == instance_id:
                kind = str(item.get("datasetType") or item.get("type") or "DIMENSION").upper()
                found.append(OwnTable(view.name, view.description, kind, view.columns))
        return found
