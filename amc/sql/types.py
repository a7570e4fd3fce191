"""The data types of AMC SQL, by their schema names (BOOLEAN … ARRAY[LONG])."""

import re
from dataclasses import dataclass

from sqlglot import exp


@dataclass(frozen=True, slots=True)
class SqlType:
    """A type: its schema name, for arrays the element, for structs the fields in order."""

    name: str
    element: "SqlType | None" = None
    fields: tuple[tuple[str, "SqlType"], ...] = ()
    precision: int | None = None
    scale: int | None = None

    def __str__(self) -> str:
        """As the schema writes it: `LONG`, `DECIMAL(38,4)`, `ARRAY[STRING]`."""
        if self.name == "ARRAY" and self.element is not None:
            return f"ARRAY[{self.element}]"
        if self.name == "STRUCT":
            return "STRUCT(" + ", ".join(f"{n} {t}" for n, t in self.fields) + ")"
        if self.precision is not None:
            return f"{self.name}({self.precision},{self.scale or 0})"
        return self.name

    @property
    def is_number(self) -> bool:
        """Whether one can calculate with it."""
        return self.name in NUMBER_RANK

    @property
    def is_time(self) -> bool:
        """DATE or TIMESTAMP."""
        return self.name in ("DATE", "TIMESTAMP")


NUMBER_RANK = {
    "BYTE": 1,
    "SHORT": 2,
    "INTEGER": 3,
    "LONG": 4,
    "DECIMAL": 5,
    "FLOAT": 6,
    "DOUBLE": 7,
}
"""Number types from narrow to wide: of two, the wider one is the type of their sum."""

BOOLEAN = SqlType("BOOLEAN")
INTEGER = SqlType("INTEGER")
LONG = SqlType("LONG")
DECIMAL = SqlType("DECIMAL")
DOUBLE = SqlType("DOUBLE")
STRING = SqlType("STRING")
DATE = SqlType("DATE")
TIMESTAMP = SqlType("TIMESTAMP")
BINARY = SqlType("BINARY")
NULL = SqlType("NULL")
UNKNOWN = SqlType("UNKNOWN")
"""Not known here (a column of an uploaded table, an undeclared parameter)."""

_SQL_NAMES = {
    "BOOL": "BOOLEAN",
    "TINYINT": "BYTE",
    "SMALLINT": "SHORT",
    "INT": "INTEGER",
    "BIGINT": "LONG",
    "REAL": "FLOAT",
    "NUMERIC": "DECIMAL",
    "CHAR": "STRING",
    "VARCHAR": "STRING",
    "TEXT": "STRING",
    "SYMBOL": "STRING",
    "VARBINARY": "BINARY",
}
_KNOWN = {
    *NUMBER_RANK,
    *("BOOLEAN", "STRING", "DATE", "TIMESTAMP", "BINARY", "NULL", "UNKNOWN"),
}
_DUCKDB = {
    "BYTE": "TINYINT",
    "SHORT": "SMALLINT",
    "INTEGER": "INT",
    "LONG": "BIGINT",
    "FLOAT": "FLOAT",
    "DOUBLE": "DOUBLE",
    "STRING": "VARCHAR",
    "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP",
    "BOOLEAN": "BOOLEAN",
    "BINARY": "VARBINARY",
}
_ARRAY = re.compile(r"ARRAY\s*[\[<(]\s*(.+?)\s*[\])>]$", re.IGNORECASE)
_SIZED = re.compile(r"(\w+)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)$")


def array_of(element: SqlType) -> SqlType:
    """The array type of an element type."""
    return SqlType("ARRAY", element)


def parse_type(text: str) -> SqlType:
    """The type of a schema or SQL name; UNKNOWN when it is neither.

    A bare `ARRAY`, as some schemas write, is an array of STRING.
    """
    text = text.strip()
    if found := _ARRAY.match(text):
        return array_of(parse_type(found.group(1)))
    if text.upper() == "ARRAY":
        return array_of(STRING)
    sized = _SIZED.match(text)
    name = (sized.group(1) if sized else text).upper()
    name = _SQL_NAMES.get(name, name)
    if name not in _KNOWN:
        return UNKNOWN
    if sized and name == "DECIMAL":
        return SqlType(name, precision=int(sized.group(2)), scale=int(sized.group(3) or 0))
    return SqlType(name)


def common_type(types: list[SqlType]) -> SqlType:
    """The type of a value that may come from any of these (CASE branches, UNION, IN lists)."""
    known = [t for t in types if t.name not in ("NULL", "UNKNOWN")]
    if not known:
        return types[0] if types else UNKNOWN
    if all(t.is_number for t in known):
        return max(known, key=lambda t: NUMBER_RANK[t.name])
    if all(t.is_time for t in known):
        return TIMESTAMP if any(t.name == "TIMESTAMP" for t in known) else DATE
    return known[0]


def duckdb_type(wanted: SqlType) -> exp.DataType:
    """The DuckDB type that holds values of this one; VARCHAR for what is not known."""
    if wanted.name == "ARRAY":
        inner = duckdb_type(wanted.element or STRING)
        return exp.DataType(this=exp.DType.ARRAY, expressions=[inner], nested=True)
    if wanted.name == "STRUCT":
        columns = [
            exp.ColumnDef(this=exp.to_identifier(n, quoted=True), kind=duckdb_type(t))
            for n, t in wanted.fields
        ]
        return exp.DataType(this=exp.DType.STRUCT, expressions=columns, nested=True)
    if wanted.name == "DECIMAL":
        # An unsized decimal holds AMC's widest money columns exactly.
        size = (wanted.precision or 38, wanted.scale if wanted.precision else 4)
        return exp.DataType.build(f"DECIMAL({size[0]}, {size[1]})")
    return exp.DataType.build(_DUCKDB.get(wanted.name, "VARCHAR"))
