"""Columns, literals, arrays, rows and what is inside them."""

from sqlglot import exp

from amc.sql.duckdb.core import Expressions, handles
from amc.sql.duckdb.model import Scope, Typed, call, cast
from amc.sql.types import (
    BOOLEAN,
    DECIMAL,
    DOUBLE,
    LONG,
    NULL,
    STRING,
    UNKNOWN,
    SqlType,
    array_of,
    common_type,
    duckdb_type,
)


@handles(exp.Column)
def _column(tr: Expressions, node: exp.Column, scope: Scope) -> Typed:
    if not node.table and (item := scope.aliases.get(node.name.lower())) is not None:
        # The alias wins here; inside its own expression the name is a column again.
        return _paren_of(tr, item, scope)
    return scope.resolve(node)


def _paren_of(tr: Expressions, item: exp.Expr, scope: Scope) -> Typed:
    aliases, scope.aliases = scope.aliases, {}
    try:
        found = tr(item, scope)
    finally:
        scope.aliases = aliases
    simple = isinstance(found.node, exp.Column | exp.Literal | exp.Func)
    return found if simple else Typed(exp.Paren(this=found.node), found.type)


@handles(exp.Literal)
def _literal(tr: Expressions, node: exp.Literal, _: Scope) -> Typed:
    if node.is_string:
        return Typed(exp.Literal.string(node.this), STRING)
    plain = str(node.this)
    kind = DOUBLE if "e" in plain.lower() else DECIMAL if "." in plain else LONG
    return Typed(exp.Literal.number(plain), kind)


@handles(exp.Boolean)
def _boolean(tr: Expressions, node: exp.Boolean, _: Scope) -> Typed:
    return Typed(node.copy(), BOOLEAN)


@handles(exp.Null)
def _null(tr: Expressions, _: exp.Null, __: Scope) -> Typed:
    return Typed(exp.Null(), NULL)


@handles(exp.Star)
def _star(tr: Expressions, node: exp.Star, _: Scope) -> Typed:
    return Typed(exp.Star(), UNKNOWN) if node is not None else Typed(exp.Null(), NULL)


@handles(exp.Paren)
def _paren(tr: Expressions, node: exp.Paren, scope: Scope) -> Typed:
    inner = tr(node.this, scope)
    return Typed(exp.Paren(this=inner.node), inner.type)


@handles(exp.Tuple)
def _tuple(tr: Expressions, node: exp.Tuple, scope: Scope) -> Typed:
    parts = tr.all(node.expressions, scope)
    return Typed(exp.Tuple(expressions=[p.node for p in parts]), SqlType("STRUCT"))


@handles(exp.Array)
def _array(tr: Expressions, node: exp.Array, scope: Scope) -> Typed:
    parts = tr.all(node.expressions, scope)
    kind = array_of(common_type([p.type for p in parts]) if parts else STRING)
    literal = exp.Array(expressions=[p.node for p in parts])
    return Typed(literal if parts else cast(literal, duckdb_type(kind)), kind)


@handles(exp.Bracket)
def _bracket(tr: Expressions, node: exp.Bracket, scope: Scope) -> Typed:
    array = tr(node.this, scope)
    index = [tr(i, scope).node for i in node.expressions]
    return Typed(exp.Bracket(this=array.node, expressions=index), array.type.element or UNKNOWN)


@handles(exp.Dot)
def _dot(tr: Expressions, node: exp.Dot, scope: Scope) -> Typed:
    row = tr(node.this, scope)
    fields = {n.lower(): t for n, t in row.type.fields}
    name = node.expression.name
    field = call("struct_extract", row.node, exp.Literal.string(name))
    return Typed(field, fields.get(name.lower(), UNKNOWN))
