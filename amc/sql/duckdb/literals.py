"""Values as DuckDB literals of the right type."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlglot import exp

from amc.sql.duckdb.model import Parameter, Typed, cast
from amc.sql.types import (
    BINARY,
    BOOLEAN,
    DATE,
    DECIMAL,
    DOUBLE,
    LONG,
    NULL,
    STRING,
    TIMESTAMP,
    SqlType,
    array_of,
    duckdb_type,
)

_PLAIN: list[tuple[type, SqlType]] = [
    (bool, BOOLEAN),
    (int, LONG),
    (float, DOUBLE),
    (Decimal, DECIMAL),
    (datetime, TIMESTAMP),
    (date, DATE),
    (bytes, BINARY),
    (str, STRING),
]


def type_of(value: Any) -> SqlType:
    """The AMC type of a Python value (`bool` … `str`, lists of them; None has type NULL)."""
    if value is None:
        return NULL
    if isinstance(value, list | tuple):
        first = next((v for v in value if v is not None), None)
        return array_of(STRING if first is None else type_of(first))
    return next((t for python, t in _PLAIN if isinstance(value, python)), STRING)


def parameter_literal(given: Any) -> Typed:
    """A parameter's value (plain, or `Parameter` with its declared type) as a literal."""
    if isinstance(given, Parameter):
        return Typed(literal(given.value, given.type), given.type)
    kind = type_of(given)
    return Typed(literal(given, kind), kind)


def literal(value: Any, kind: SqlType) -> exp.Expr:
    """A value as a literal of a type. Lists become one node, so that long ones stay quick."""
    if kind.name == "NULL":
        return exp.Null()
    if isinstance(value, list | tuple):
        element = kind.element or STRING
        return cast(exp.Var(this=f"[{', '.join(_texts(value, element))}]"), duckdb_type(kind))
    if value is None:
        return cast(exp.Null(), duckdb_type(kind))
    if kind.name == "STRING":
        return exp.Literal.string(str(value))
    if kind.name == "BOOLEAN" and isinstance(value, bool):
        return exp.Boolean(this=value)
    return cast(exp.Literal.string(_plain(value)), duckdb_type(kind))


def timestamp(value: datetime) -> exp.Expr:
    """An instant as a TIMESTAMP in UTC; a naive one is taken as UTC."""
    return cast(exp.Literal.string(_plain(value)), "TIMESTAMP")


def _texts(values: Iterable[Any], element: SqlType) -> Iterable[str]:
    quoted = element.name in ("STRING", "UNKNOWN", "NULL")
    for value in values:
        if value is None:
            yield "NULL"
        elif isinstance(value, bool) and not quoted:
            yield str(value).upper()
        elif isinstance(value, int) and not quoted:
            yield str(value)
        else:
            yield "'" + _plain(value).replace("'", "''") + "'"


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        utc = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return utc.isoformat(sep=" ")
    if isinstance(value, bytes):
        return "".join(f"\\x{b:02X}" for b in value)
    return str(value)
