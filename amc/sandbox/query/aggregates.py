"""What aggregates do to a value, and when a row has a part in one."""

from sqlglot import exp

from amc.sandbox.query import functions
from amc.sandbox.query.model import Level, Value


def aggregated(inner: Value, name: str) -> Value:
    """What an aggregate of a value is."""
    if name in functions.COUNTS:
        return inner.but(level=Level.NONE, metric=True, merge="sum", collected=False)
    if name in functions.SUMS:
        return inner.but(metric=True, merge="sum", collected=False)
    return inner.but(
        collected=name == "COLLECT", merge=name.lower() if name != "COLLECT" else "sum"
    )


def first_argument(node: exp.Expr) -> exp.Expr | None:
    """The first argument, without DISTINCT; None for COUNT(*)."""
    first = next(iter(node.iter_expressions()), None)
    if isinstance(first, exp.Distinct):
        first = first.expressions[0]
    return None if isinstance(first, exp.Star) else first


def contributes(argument: exp.Expr | None, name: str) -> exp.Expr | None:
    """When a row has a part in an aggregate; None when every row has."""
    if argument is None or isinstance(argument, exp.Literal):
        return None
    if name in functions.SUMS:
        return exp.NEQ(this=exp.paren(argument.copy()), expression=exp.Literal.number(0))
    return exp.not_(exp.Is(this=exp.paren(argument.copy()), expression=exp.null()))


def ordered(node: exp.Window) -> list[exp.Expr]:
    """What a window orders by."""
    order = node.args.get("order")
    return [item.this for item in order.expressions] if order is not None else []


def family(node: exp.Expr) -> str:
    """The type of an argument as Calcite's messages name it, as far as the text shows it."""
    if isinstance(node, exp.Literal):
        return "<CHARACTER>" if node.is_string else "<NUMERIC>"
    return "<ANY>"
