"""Filters of a result: what a person chose, as a condition with bound values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from amc.errors import UsageError
from amc.results.columns import ResultColumn
from amc.results.duck import ident

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in", "contains", "blank", "filled"]

_BOOLEANS = {"true": True, "false": False}
_COMPARE = frozenset({"=", "!=", "<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on a column.

    Attributes:
        column: the column's name.
        operator: `contains` looks anywhere in the text whatever the case; `blank` is what AMC
            left empty; `!=` keeps blank values.
        value: of the column's type or a text of it; a list for `in`; nothing for blank and filled.
    """

    column: str
    operator: Operator
    value: Any = None


def condition(
    filters: Sequence[Filter], search: str, columns: Sequence[ResultColumn]
) -> tuple[str, dict[str, Any]]:
    """SQL for all filters and the search together, and the values to bind.

    Raises:
        UsageError: unknown column or operator, or a value that is not of the column's type.
    """
    by_name = {column.name: column for column in columns}
    bound: dict[str, Any] = {}
    parts = []
    for position, one in enumerate(filters):
        column = by_name.get(one.column)
        if column is None:
            raise UsageError(f"The result has no column '{one.column}'.")
        parts.append(_one(one, column, f"f{position}", bound))
    words = search.strip()
    if words:
        bound["search"] = words.lower()
        looks = (f"contains(lower(CAST({ident(c.name)} AS VARCHAR)), $search)" for c in columns)
        parts.append("(" + " OR ".join(f"coalesce({look}, false)" for look in looks) + ")")
    return " AND ".join(parts) or "true", bound


def _one(one: Filter, column: ResultColumn, key: str, bound: dict[str, Any]) -> str:
    name = ident(column.name)
    if one.operator == "blank":
        return f"{name} IS NULL"
    if one.operator == "filled":
        return f"{name} IS NOT NULL"
    if one.operator == "contains":
        bound[key] = str(one.value).lower()
        return f"contains(lower(CAST({name} AS VARCHAR)), ${key})"
    if one.operator == "in":
        given = one.value if isinstance(one.value, list | tuple | set) else [one.value]
        bound[key] = [typed(column, value) for value in given]
        return f"list_contains(${key}, {name})"
    if one.operator not in _COMPARE:
        raise UsageError(f"'{one.operator}' is not a way to filter.")
    bound[key] = typed(column, one.value)
    if one.operator == "!=":
        return f"{name} IS DISTINCT FROM ${key}"
    return f"{name} {one.operator} ${key}"


def typed(column: ResultColumn, value: Any) -> Any:
    """A value in the type of a column.

    Raises:
        UsageError: it cannot be one.
    """
    try:
        return _typed(column, value)
    except (ValueError, InvalidOperation, TypeError, KeyError):
        shown = str(value)[:60]
        raise UsageError(
            f"'{shown}' is not a {column.kind}, as column '{column.name}' is."
        ) from None


def _typed(column: ResultColumn, value: Any) -> Any:
    if column.kind == "text":
        return str(value)
    if column.kind == "boolean":
        return _BOOLEANS[str(value).lower()]
    if column.kind in ("integer", "decimal"):
        number = Decimal(str(value).strip())
        if not number.is_finite() or abs(number.adjusted()) > 37:
            raise ValueError(value)
        return number
    if column.kind == "double":
        return float(value)
    if column.kind == "date":
        is_day = isinstance(value, date) and not isinstance(value, datetime)
        return value if is_day else date.fromisoformat(str(value)[:10])
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=None)
