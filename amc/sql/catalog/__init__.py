"""Every data source of AMC with its columns, types, roles, thresholds and units, as data.

The YAML files beside this module are the source; see their `source` fields.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import yaml

from amc.errors import SetupError

Threshold = Literal["NONE", "LOW", "MEDIUM", "HIGH", "VERY_HIGH", "INTERNAL"]
THRESHOLDS: tuple[str, ...] = ("NONE", "LOW", "MEDIUM", "HIGH", "VERY_HIGH", "INTERNAL")
# Distinct users that a row needs; the last two may never be shown.
USERS_NEEDED: Mapping[str, int] = {"NONE": 1, "LOW": 2, "MEDIUM": 100, "HIGH": 100}
TWIN = "_for_audiences"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a data source."""

    name: str
    data_type: str
    role: str
    threshold: str
    unit: str = ""
    description: str = ""
    known_values: tuple[Any, ...] = ()

    @property
    def is_metric(self) -> bool:
        """Whether it is a measure rather than a dimension."""
        return self.role == "METRIC"


@dataclass(frozen=True, slots=True)
class DataSource:
    """A table of AMC."""

    name: str
    description: str
    kind: str
    paid: bool
    time_column: str | None
    audience_table: str | None
    columns: Mapping[str, Column] = field(repr=False)
    grain: str = ""

    def column(self, name: str) -> Column | None:
        """A column by its name, in any case."""
        return self.columns.get(name.lower())

    @property
    def has_users(self) -> bool:
        """Whether its rows belong to users."""
        return "user_id" in self.columns


class Catalog:
    """The data sources that a query may read."""

    def __init__(self, sources: Iterable[DataSource]) -> None:
        """Index the sources by name, with their audience twins."""
        self.sources: dict[str, DataSource] = {}
        for source in sources:
            self.sources[source.name] = source
        self._twins = {
            source.audience_table: source
            for source in self.sources.values()
            if source.audience_table
        }

    def table(self, name: str) -> DataSource | None:
        """A data source by its name, in any case; audience twins too."""
        lowered = name.lower()
        found = self.sources.get(lowered)
        if found is not None:
            return found
        original = self._twins.get(lowered)
        return replace(original, name=lowered) if original is not None else None

    def is_twin(self, name: str) -> bool:
        """Whether a name is that of a table for audiences only."""
        return name.lower() in self._twins

    def names(self) -> list[str]:
        """Names of all sources, in order."""
        return sorted(self.sources)

    def for_instance(self, answer: Iterable[Mapping[str, Any]]) -> "Catalog":
        """The catalog as one instance has it, from its own `/dataSources` answer.

        What Amazon lists and we do not know is added with Amazon's own columns; what it does not
        list, or lists as unavailable, is left out.
        """
        found: list[DataSource] = []
        for item in answer:
            name = str(item.get("dataSourceId", "")).lower()
            channels = item.get("outputChannels") or []
            if not name or any(c.get("outputAvailable") is False for c in channels):
                continue
            known = self.sources.get(name)
            found.append(known if known is not None else _from_answer(name, item))
        return Catalog(found)


def _from_answer(name: str, item: Mapping[str, Any]) -> DataSource:
    columns = {
        str(c.get("name", "")).lower(): Column(
            str(c.get("name", "")).lower(),
            str(c.get("dataType") or "STRING"),
            str(c.get("columnType") or "DIMENSION"),
            str(c.get("sensitivity") or "LOW"),
            description=str(c.get("description") or ""),
        )
        for c in item.get("columns") or []
    }
    return DataSource(name, str(item.get("description") or ""), "FACT", False, None, None, columns)


@lru_cache(maxsize=1)
def load_catalog() -> Catalog:
    """The catalog as shipped.

    Raises:
        SetupError: a file of it is missing or damaged.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    sources: list[DataSource] = []
    for entry in sorted(resources.files(__name__).iterdir(), key=lambda e: e.name):
        if not entry.name.endswith(".yaml"):
            continue
        try:
            raw = yaml.load(entry.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
            sources.append(_source(raw))
        except (yaml.YAMLError, KeyError, TypeError) as exc:
            raise SetupError(f"The catalog file {entry.name} is damaged: {exc}") from exc
    return Catalog(sources)


def _source(raw: Mapping[str, Any]) -> DataSource:
    columns = {
        c["name"]: Column(
            c["name"],
            c["data_type"],
            c["column_type"],
            c["aggregation_threshold"],
            str(c.get("unit") or ""),
            str(c.get("description") or ""),
            tuple(c.get("known_values") or ()),
        )
        for c in raw["columns"]
    }
    return DataSource(
        raw["name"],
        str(raw.get("description") or ""),
        raw["dataset_kind"],
        bool(raw.get("paid_feature")),
        raw.get("time_column"),
        raw.get("audience_table"),
        columns,
        str(raw.get("grain") or ""),
    )
