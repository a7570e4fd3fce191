"""Which data sources a query may read, and what their columns are."""

from dataclasses import dataclass, field
from typing import Protocol

from amc.sandbox.query.model import Level
from amc.sql.catalog import Catalog, DataSource

TWIN = "_for_audiences"


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column of a data source."""

    name: str
    level: Level
    metric: bool


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """A data source as this package sees it; `columns` by lower-case name."""

    name: str
    columns: dict[str, SourceColumn] = field(hash=False)
    is_fact: bool = True

    @property
    def user_column(self) -> str | None:
        """The column that holds the user id, if the source knows users."""
        return "user_id" if "user_id" in self.columns else None


class Sources(Protocol):
    """The data sources of one instance."""

    def get(self, name: str) -> SourceInfo | None:
        """A source by its name in any letter case; None when a query cannot read it."""
        ...

    def wrong_kind(self, name: str) -> bool:
        """Whether an audience query reads a table that is for analytics queries."""
        ...


class InstanceSources:
    """The data sources of an instance, out of AMC's catalog."""

    def __init__(
        self, catalog: Catalog, available: frozenset[str] | None, *, audience: bool = False
    ) -> None:
        """`available` are the names that the instance has; None for all that are free."""
        self._catalog, self._audience = catalog, audience
        self._available = None if available is None else {name.lower() for name in available}

    def get(self, name: str) -> SourceInfo | None:
        """See `Sources`; twins for audiences are there for audience queries only."""
        source = self._catalog.table(name)
        if source is None or (source.audience_of is not None) != self._audience:
            return None
        plain = (source.audience_of or source.name).lower()
        has = not source.paid if self._available is None else plain in self._available
        return _info(source) if has else None

    def wrong_kind(self, name: str) -> bool:
        """See `Sources`."""
        source = self._catalog.table(name)
        return self._audience and source is not None and source.audience_of is None


def _info(source: DataSource) -> SourceInfo:
    return SourceInfo(
        source.name,
        {
            key: SourceColumn(column.name, Level[column.threshold], column.role == "METRIC")
            for key, column in source.columns.items()
        },
        source.kind == "FACT",
    )
