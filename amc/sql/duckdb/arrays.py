"""AMC's array functions on DuckDB."""

from sqlglot import exp

from amc.sql.duckdb.model import Typed, again, call, cast, is_null
from amc.sql.types import UNKNOWN, duckdb_type

ELEMENT = exp.to_identifier("_element")


def align(value: Typed, wanted: object) -> exp.Expr:
    """The value as the type of what it is compared with, when one is a text and one is not."""
    name = getattr(wanted, "name", "UNKNOWN")
    if "UNKNOWN" in (name, value.type.name) or (name == "STRING") == (value.type.name == "STRING"):
        return value.node
    return cast(value.node, duckdb_type(wanted))  # type: ignore[arg-type]


def array_to_string(args: list[Typed]) -> exp.Expr:
    """The elements as one text; NULLs are left out."""
    return call("array_to_string", cast(args[0].node, "VARCHAR[]"), args[1].node)


def element() -> exp.Expr:
    """The element, inside a lambda."""
    return exp.column(ELEMENT.copy())


def _filtered(array: exp.Expr, keep: exp.Expr) -> exp.Expr:
    return call("list_filter", array, exp.Lambda(this=keep, expressions=[ELEMENT.copy()]))


def _position(array: exp.Expr) -> exp.Expr:
    """Where the element stands in an array; NULL when nowhere. NULL is found, too."""
    return call("list_position", again(array), element())


def complement(args: list[Typed]) -> exp.Expr:
    """The elements of the first array that the second has not."""
    return _filtered(args[0].node, is_null(_position(args[1].node)))


def without(args: list[Typed]) -> exp.Expr:
    """The array without one value."""
    gone = align(args[1], args[0].type.element or UNKNOWN)
    return _filtered(args[0].node, exp.NullSafeNEQ(this=element(), expression=gone))


def contains(args: list[Typed]) -> exp.Expr:
    """Whether a value is in an array."""
    return call("list_contains", args[0].node, align(args[1], args[0].type.element or UNKNOWN))


def unique(array: exp.Expr) -> exp.Expr:
    """Every element once, where it first stands; `list_distinct` has no order and loses NULL."""
    index = exp.to_identifier("_index")
    first = exp.EQ(this=_position(array), expression=exp.column(index.copy()))
    keep = exp.Lambda(this=first, expressions=[ELEMENT.copy(), index])
    return call("list_filter", array, keep)


def union(args: list[Typed]) -> exp.Expr:
    """The elements of either array, each once."""
    return unique(call("list_concat", *(a.node for a in args)))


def intersect(args: list[Typed]) -> exp.Expr:
    """The elements of both arrays, each once."""
    return unique(_filtered(args[0].node, exp.Not(this=is_null(_position(args[1].node)))))
