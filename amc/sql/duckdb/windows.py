"""Window functions and their definitions."""

from sqlglot import exp

from amc.sql.duckdb.core import Expressions, handles, without_aliases
from amc.sql.duckdb.model import Scope, Typed


@handles(exp.Window)
def _window(tr: Expressions, node: exp.Window, scope: Scope) -> Typed:
    # Window, partition and order read columns, never aliases of the same SELECT.
    inner = tr(node.this, scope)
    plain = without_aliases(scope)
    # A cast around the function goes around the whole: CAST(MEDIAN(x) OVER () AS DOUBLE).
    around = inner.node if isinstance(inner.node, exp.Cast) else None
    found = exp.Window(this=inner.node if around is None else around.this, over="OVER")
    if parts := node.args.get("partition_by"):
        found.set("partition_by", [tr(p, plain).node for p in parts])
    if order := node.args.get("order"):
        found.set("order", _order(tr, order, plain))
    for key in ("alias", "spec", "first"):
        if (value := node.args.get(key)) is not None:
            found.set(key, value.copy() if isinstance(value, exp.Expr) else value)
    if around is not None:
        return Typed(exp.Cast(this=found, to=around.to), inner.type)
    return Typed(found, inner.type)


def named_window(tr: Expressions, node: exp.Window, scope: Scope) -> exp.Window:
    """One definition of the WINDOW clause."""
    found = exp.Window(this=node.this.copy())
    if parts := node.args.get("partition_by"):
        found.set("partition_by", [tr(p, scope).node for p in parts])
    if order := node.args.get("order"):
        found.set("order", _order(tr, order, scope))
    if (spec := node.args.get("spec")) is not None:
        found.set("spec", spec.copy())
    return found


def _order(tr: Expressions, order: exp.Order, scope: Scope) -> exp.Order:
    items = []
    for item in order.expressions:
        ordered = exp.Ordered(this=tr(item.this, scope).node)
        for key in ("desc", "nulls_first"):
            ordered.set(key, item.args.get(key))
        items.append(ordered)
    return exp.Order(expressions=items)
