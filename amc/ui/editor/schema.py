"""What the editor colours, completes, explains and explores, as one JSON text for the browser."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from amc.services.instances import SourceReach
from amc.sql.catalog import Catalog, Column, load_catalog
from amc.sql.functions import functions

KEYWORDS = (
    "WITH SELECT DISTINCT ALL AS FROM WHERE GROUP BY HAVING ORDER ASC DESC NULLS FIRST LAST LIMIT "
    "UNION INTERSECT EXCEPT JOIN INNER LEFT RIGHT FULL OUTER CROSS ON USING VALUES TABLE LATERAL "
    "AND OR NOT IN IS NULL LIKE SIMILAR TO ESCAPE BETWEEN EXISTS CASE WHEN THEN ELSE END TRUE "
    "FALSE CAST INTERVAL OVER PARTITION ROWS RANGE PRECEDING FOLLOWING UNBOUNDED CURRENT ROW "
    "WINDOW FILTER WITHIN FOR ROLLUP CUBE GROUPING SETS"
)
TYPES = (
    "BOOLEAN BYTE SHORT INTEGER LONG FLOAT DOUBLE DECIMAL STRING DATE TIMESTAMP ARRAY INT BIGINT "
    "VARCHAR CHAR"
)
_MOST_VALUES = 30


@dataclass(frozen=True, slots=True)
class SchemaText:
    """The schema as JSON, and a hash that names it."""

    hash: str
    text: str


def schema_text(reach: SourceReach) -> SchemaText:
    """The schema over the shipped catalog and the tables that instances have of their own.

    Args:
        reach: which instances have which data source.

    Returns:
        A JSON object: `keywords` and `types` separated by blanks; `functions` as lists of name,
        kind, signature, meaning and least number of arguments; `instances` by name; `sources` as
        objects whose `missing` are places in `instances`, and whose `columns` are lists of name,
        type, threshold, unit, description, role and known values, or the name of the source (told
        of before) that has the same.
    """
    catalog = load_catalog()
    if reach.own:
        told = [{"dataSourceId": s.name, "columns": s.columns, "description": s.description,
                 "datasetType": s.kind} for s in reach.own]  # fmt: skip
        catalog = Catalog({s.name.lower(): s for s in catalog.for_instance(told)})
    text = json.dumps(
        {
            "keywords": KEYWORDS,
            "types": TYPES,
            "functions": [
                [f.name, f.kind, f.signature, f.meaning, f.min_args] for f in functions().values()
            ],
            "instances": reach.instances,
            "unasked": reach.unasked,
            "sources": list(_sources(catalog, reach)),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return SchemaText(hashlib.sha256(text.encode()).hexdigest()[:16], text)


def _sources(catalog: Catalog, reach: SourceReach) -> Iterator[dict[str, Any]]:
    told: dict[str, str] = {}
    everyone = range(len(reach.instances))
    for source in sorted(catalog, key=lambda s: s.name):
        columns = [_column(column) for column in source.columns.values()]
        # Twins share their columns: the text is half as long when they say so.
        first = told.setdefault(json.dumps(columns), source.name.lower())
        there = reach.there.get((source.audience_of or source.name).lower(), frozenset())
        row = {
            "name": source.name,
            "description": source.description,
            "kind": source.kind,
            "grain": source.grain,
            "time": source.time_column,
            "paid": source.paid,
            "of": source.audience_of,
            "own": not source.known,
            "missing": [index for index in everyone if index not in there],
            "columns": columns if first == source.name.lower() else first,
        }
        yield {key: value for key, value in row.items() if value or key in _ALWAYS}


_ALWAYS = ("name", "kind", "missing", "columns")


def _column(column: Column) -> list[Any]:
    row: list[Any] = [
        column.name, column.data_type, column.threshold, column.unit, column.description,
        column.role,
    ]  # fmt: skip
    if column.known_values:
        row.append(list(column.known_values[:_MOST_VALUES]))
    return row
