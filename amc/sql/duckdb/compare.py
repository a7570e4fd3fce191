"""Both sides of a comparison made comparable."""

from sqlglot import exp

from amc.sql.duckdb.model import Typed, cast
from amc.sql.types import duckdb_type


def comparable(left: Typed, right: Typed, *, ordering: bool = False) -> tuple[exp.Expr, exp.Expr]:
    """Both sides made comparable: AMC compares a text with numbers and times, DuckDB does not."""
    names = (left.type.name, right.type.name)
    if names[0] == names[1] or not set(names) & {"STRING", "BOOLEAN"}:
        return left.node, right.node
    if names[0] == "STRING":
        return _text_against(left, right, ordering=ordering)
    if names[1] == "STRING":
        second, first = _text_against(right, left, ordering=ordering)
        return first, second
    if names[0] == "BOOLEAN" and right.type.is_number:
        return cast(left.node, "INT"), right.node
    if names[1] == "BOOLEAN" and left.type.is_number:
        return left.node, cast(right.node, "INT")
    return left.node, right.node


def _text_against(word: Typed, other: Typed, *, ordering: bool) -> tuple[exp.Expr, exp.Expr]:
    if other.type.is_number:
        if ordering:
            return exp.TryCast(this=word.node, to=exp.DataType.build("DOUBLE")), other.node
        return word.node, cast(other.node, "VARCHAR")
    if (other.type.is_time or other.type.name == "BOOLEAN") and not isinstance(
        word.node, exp.Literal
    ):
        return exp.TryCast(this=word.node, to=duckdb_type(other.type)), other.node
    return word.node, other.node
