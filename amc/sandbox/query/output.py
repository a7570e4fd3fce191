"""What a query gives: the columns of the answer, in AMC's words."""

from dataclasses import dataclass
from typing import Any

from amc.sandbox.query.model import Level, Read

_TYPES = {
    "BOOLEAN": "BOOLEAN",
    "TINYINT": "BYTE",
    "SMALLINT": "SHORT",
    "INTEGER": "INTEGER",
    "BIGINT": "LONG",
    "HUGEINT": "LONG",
    "UTINYINT": "SHORT",
    "USMALLINT": "INTEGER",
    "UINTEGER": "LONG",
    "UBIGINT": "LONG",
    "UHUGEINT": "LONG",
    "FLOAT": "FLOAT",
    "DOUBLE": "DOUBLE",
    "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
    "BLOB": "BINARY",
}


@dataclass(frozen=True, slots=True)
class Behind:
    """Hidden columns: who stands behind an output column, or behind the row.

    `kind` is `one` (a user id), `pair` (the smallest and the largest), `set` or `count`.
    """

    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """One column of the answer.

    Attributes:
        name: as the query names it; CSV headers are in lower case.
        duckdb_type: such as `DECIMAL(38,4)`.
        level: its aggregation threshold.
        metric: whether it is a figure.
        merge: how rows are brought together (sum, min, max).
        behind: the hidden columns with its users.
        label: its data source, for reasons: `'dsp_impressions' (path 1 of 2)`.
        equivalent: the hidden column with its equivalent users, if they are asked for.
    """

    name: str
    duckdb_type: str
    level: Level = Level.NONE
    metric: bool = False
    merge: str = "sum"
    behind: tuple[Behind, ...] = ()
    label: str = ""
    equivalent: str = ""

    @property
    def is_number(self) -> bool:
        """Whether its values can be added up."""
        return self.duckdb_type.startswith("DECIMAL") or _TYPES.get(self.duckdb_type) in (
            "BYTE", "SHORT", "INTEGER", "LONG", "FLOAT", "DOUBLE",
        )  # fmt: skip

    def to_wire(self) -> dict[str, Any]:
        """The column as `outputColumns` of the API has it."""
        wire: dict[str, Any] = {
            "columnType": "METRIC" if self.metric else "DIMENSION",
            "dataType": amc_type(self.duckdb_type),
            "name": self.name.lower(),
        }
        if self.duckdb_type.startswith("DECIMAL("):
            precision, scale = self.duckdb_type[8:-1].split(",")
            wire |= {"dataTypePrecision": int(precision), "dataTypeScale": int(scale)}
        return wire


def amc_type(duckdb_type: str) -> Any:
    """AMC's name of a DuckDB type; lists as `{"type": "ARRAY", "elementDataType": …}`."""
    if duckdb_type.endswith("[]"):
        element = amc_type(duckdb_type[:-2])
        return {
            "type": "ARRAY",
            "elementDataType": element if isinstance(element, str) else "ARRAY",
        }
    if duckdb_type.startswith("DECIMAL"):
        return "DECIMAL"
    if duckdb_type.startswith(("STRUCT", "MAP")):
        return "STRUCT" if duckdb_type.startswith("STRUCT") else "MAP"
    if duckdb_type.startswith("TIMESTAMP"):
        return "TIMESTAMP"
    return _TYPES.get(duckdb_type, "STRING")


def source_label(paths: frozenset[int], reads: list[Read]) -> str:
    """The data source behind a value as a reason names it, with its path where it has several."""
    if not paths:
        return ""
    read = reads[min(paths)]
    alike = [other.number for other in reads if other.source == read.source and not other.shadow]
    if len(alike) <= 1:
        return f"'{read.source}'"
    return f"'{read.source}' (path {alike.index(read.number) + 1} of {len(alike)})"
