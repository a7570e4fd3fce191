"""What the editor colours and completes, as one JSON text for the browser."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from amc.sql.catalog import Catalog, Column, DataSource, load_catalog
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


@cache
def shipped_words() -> str:
    """The words over the shipped catalog; made once a process."""
    return words(load_catalog())


def words(catalog: Catalog) -> str:
    """The words of AMC SQL over a catalog: keywords, types, functions, data sources.

    Args:
        catalog: the shipped one, or an instance's own.

    Returns:
        A JSON object: `keywords` and `types` separated by blanks; `functions` as lists of name,
        kind, signature, meaning and least number of arguments; `sources` by name, each a remark
        and its columns (lists of name and remark), or the name of the source it is a twin of.
    """
    return json.dumps(
        {
            "keywords": KEYWORDS,
            "types": TYPES,
            "functions": [
                [f.name, f.kind, f.signature, f.meaning, f.min_args] for f in functions().values()
            ],
            "sources": dict(_sources(catalog)),
        },
        separators=(",", ":"),
    )


def _sources(catalog: Catalog) -> Iterator[tuple[str, list[Any]]]:
    known: dict[str, str] = {}
    for source in catalog:
        if not source.available:
            continue
        columns = [[column.name, _column_remark(column)] for column in source.columns.values()]
        # Twins share their columns: the text is half as long when they say so.
        first = known.setdefault(json.dumps(columns), source.name)
        yield source.name, [_remark(source), columns if first == source.name else first]


def _remark(source: DataSource) -> str:
    if source.audience_of:
        return "for audiences"
    return "paid feature" if source.paid else source.kind.lower()


def _column_remark(column: Column) -> str:
    threshold = "" if column.threshold in ("NONE", "") else column.threshold
    return " · ".join(part for part in (column.data_type, column.unit, threshold) if part)
