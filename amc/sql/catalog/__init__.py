"""The data sources of AMC and their columns, shipped as data, overlaid per instance.

The YAML files beside this module are the schema: one file a table. `load_catalog` reads them
once a process; `Catalog.for_instance` lays an instance's own `dataSources` answer over them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import yaml

from amc.sql.types import SqlType, parse_type

Threshold = Literal["NONE", "LOW", "MEDIUM", "HIGH", "VERY_HIGH", "INTERNAL"]
THRESHOLDS: tuple[Threshold, ...] = ("NONE", "LOW", "MEDIUM", "HIGH", "VERY_HIGH", "INTERNAL")
"""From free to never shown."""
USERS_NEEDED: Mapping[Threshold, int] = MappingProxyType(
    {"NONE": 1, "LOW": 2, "MEDIUM": 100, "HIGH": 100}
)
"""Distinct users a row needs; the two highest thresholds are never shown."""
AUDIENCE_SUFFIX = "_for_audiences"
# Twins that Amazon's own pages spell in two ways.
_OTHER_TWINS = {
    "amazon_retail_purchases": ("amazon_retail_purchase_for_audiences",),
    "amazon_brand_store_page_views": (
        "amazon_brand_store_page_views_non_endemic_for_audiences",
        "amazon_brand_store_page_views_for_audiences_non_endemic",
    ),
    "amazon_brand_store_engagement_events": (
        "amazon_brand_store_engagement_events_non_endemic_for_audiences",
        "amazon_brand_store_engagement_events_for_audiences_non_endemic",
    ),
}
_OTHER_NAMES = {
    "amazon_brand_store_page_views": ("amazon_brand_store_page_views_non_endemic",),
    "amazon_brand_store_engagement_events": ("amazon_brand_store_engagement_events_non_endemic",),
}
# Columns that the audience twin of a table lacks.
_TWIN_LACKS = {"dsp_impressions": {"user_behavior_segment_ids", "matched_behavior_segment_ids"}}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `unit` is set for money in fractions of a cent; `known_values` may be partial."""

    name: str
    data_type: str
    role: Literal["DIMENSION", "METRIC"] = "DIMENSION"
    threshold: Threshold = "NONE"
    unit: str = ""
    description: str = ""
    known_values: tuple[str | None, ...] = ()

    @property
    def type(self) -> SqlType:
        """The parsed data type."""
        return parse_type(self.data_type)


@dataclass(frozen=True)
class DataSource:
    """One table.

    `kind` FACT rows are cut to the execution's window on `time_column`, DIMENSION rows are not.
    `audience_table` is the twin for audience queries; `audience_of` is set on a twin itself.
    `known` is False for a table that only the instance told of (an uploaded one).
    """

    name: str
    kind: Literal["FACT", "DIMENSION"]
    paid: bool
    time_column: str | None
    audience_table: str | None
    columns: Mapping[str, Column]
    description: str = ""
    grain: str = ""
    notes: tuple[str, ...] = ()
    audience_of: str | None = None
    available: bool = True
    known: bool = True
    owner: str = "AMAZON"

    def column(self, name: str) -> Column | None:
        """A column by name, in any case; None when there is none."""
        return self.columns.get(name.lower())


@dataclass(frozen=True)
class Catalog:
    """All data sources, by lower-case name (audience twins among them)."""

    sources: Mapping[str, DataSource]
    for_one_instance: bool = field(default=False)

    def table(self, name: str) -> DataSource | None:
        """A data source by name, in any case; None when there is none."""
        return self.sources.get(name.lower())

    def __iter__(self) -> Iterator[DataSource]:
        """All data sources, by name."""
        return iter(self.sources.values())

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all data sources, sorted."""
        return tuple(sorted(self.sources))

    def for_instance(self, sources: Iterable[Mapping[str, Any]]) -> "Catalog":
        """This catalog as one instance has it.

        Args:
            sources: the `dataSources` list of the instance's answer (`dataSourceId` or `name`,
                and `columns`, which may be missing or carry names only).

        Returns:
            A catalog with every table; those the instance did not name have `available` False,
            tables of its own are added, and its columns are added to those known here.
        """
        merged = {name: replace(source, available=False) for name, source in self.sources.items()}
        for told in sources:
            name = str(told.get("dataSourceId") or told.get("name") or "").strip()
            if not name:
                continue
            known = merged.get(name.lower())
            merged[name.lower()] = _overlay(known, name, told) if known else _told(name, told)
            twin = merged.get((known.audience_table or "").lower()) if known else None
            if twin is not None and not twin.available:
                merged[twin.name.lower()] = replace(twin, available=True)
        return Catalog(merged, for_one_instance=True)


def _overlay(known: DataSource, name: str, told: Mapping[str, Any]) -> DataSource:
    columns = dict(known.columns)
    for row in told.get("columns") or ():
        column = _told_column(row)
        old = columns.get(column.name.lower())
        if old is None:
            columns[column.name.lower()] = column
        elif row.get("sensitivity") or row.get("aggregationThreshold"):
            columns[column.name.lower()] = replace(old, threshold=column.threshold)
    return replace(known, available=True, columns=columns)


def _told(name: str, told: Mapping[str, Any]) -> DataSource:
    columns = [_told_column(row) for row in told.get("columns") or ()]
    kind = str(told.get("datasetType") or told.get("type") or "DIMENSION").upper()
    time_column = told.get("timestampColumn") or next(
        (c.name for c in columns if _is_main_time(told, c.name)), None
    )
    return DataSource(
        name=name,
        kind="FACT" if kind == "FACT" else "DIMENSION",
        paid=False,
        time_column=str(time_column) if time_column else None,
        audience_table=None,
        columns={c.name.lower(): c for c in columns},
        description=str(told.get("description") or ""),
        known=False,
        owner=str(told.get("owner") or ""),
    )


def _is_main_time(told: Mapping[str, Any], name: str) -> bool:
    """Whether the answer marks a column as the table's main event time."""
    rows = told.get("columns") or ()
    return any(r.get("name") == name and r.get("isMainEventTime") for r in rows)


def _told_column(row: Mapping[str, Any]) -> Column:
    threshold = str(row.get("sensitivity") or row.get("aggregationThreshold") or "NONE").upper()
    data_type = row.get("dataType") or "STRING"
    if isinstance(data_type, Mapping):
        data_type = f"ARRAY[{data_type.get('elementDataType', 'STRING')}]"
    return Column(
        name=str(row.get("name") or ""),
        data_type=str(data_type),
        role="METRIC" if str(row.get("columnType")).upper() == "METRIC" else "DIMENSION",
        threshold=threshold if threshold in THRESHOLDS else "LOW",
        description=str(row.get("description") or ""),
    )


def _column(row: Mapping[str, Any]) -> Column:
    values = row.get("known_values") or ()
    return Column(
        name=row["name"],
        data_type=row["data_type"],
        role=row["column_type"],
        threshold=row["aggregation_threshold"],
        unit=row.get("unit", "").partition(" ")[0],
        description=row["description"],
        known_values=tuple(None if v is None else str(v) for v in values),
    )


def _sources(row: Mapping[str, Any]) -> Iterator[DataSource]:
    columns = {c["name"].lower(): _column(c) for c in row["columns"]}
    source = DataSource(
        name=row["name"],
        kind=row["dataset_kind"],
        paid=row["paid_feature"],
        time_column=row["time_column"],
        audience_table=row["audience_table"],
        columns=columns,
        description=row["description"],
        grain=row["grain"],
        notes=tuple(row.get("notes") or ()),
    )
    yield source
    for other in _OTHER_NAMES.get(source.name, ()):
        yield replace(source, name=other)
    if not source.audience_table:
        return
    lacks = _TWIN_LACKS.get(source.name, set())
    for twin in (source.audience_table, *_OTHER_TWINS.get(source.name, ())):
        yield replace(
            source,
            name=twin,
            audience_table=None,
            audience_of=source.name,
            columns={n: c for n, c in columns.items() if n not in lacks},
        )


@cache
def load_catalog() -> Catalog:
    """The shipped catalog; read once a process.

    The files are YAML for people; reading them takes longer than a start should, so what they say
    is also kept as `catalog.json` beside them (written by `python -m amc.sql.catalog`, and a test
    holds both together).
    """
    packed = _FOLDER / "catalog.json"
    rows = json.loads(packed.read_bytes()) if packed.is_file() else read_yaml()
    return Catalog({s.name.lower(): s for row in rows for s in _sources(row)})


_FOLDER = Path(__file__).parent


def read_yaml() -> list[dict[str, Any]]:
    """What the YAML files say, by file name."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    files = sorted(_FOLDER.glob("*.yaml"))
    return [yaml.load(f.read_bytes(), Loader=loader) for f in files]  # noqa: S506 (a safe loader)
