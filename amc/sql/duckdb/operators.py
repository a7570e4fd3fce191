"""Operators and predicates."""

from sqlglot import exp

from amc.sql.duckdb import regex
from amc.sql.duckdb.calls import as_text
from amc.sql.duckdb.compare import comparable
from amc.sql.duckdb.core import Expressions, handles
from amc.sql.duckdb.model import Scope, Typed, again, call, number
from amc.sql.errors import SqlUnsupportedError
from amc.sql.nodes import ContainedIn
from amc.sql.types import BOOLEAN, DOUBLE, UNKNOWN, common_type


@handles(exp.Connector)
def _connector(tr: Expressions, node: exp.Connector, scope: Scope) -> Typed:
    # Chains of hundreds of ANDs are flat here: no recursion a link.
    parts = [tr(part, scope).node for part in node.flatten(unnest=False)]
    found = parts[0]
    for part in parts[1:]:
        found = type(node)(this=found, expression=part)
    return Typed(found, BOOLEAN)


@handles(exp.Not)
def _not(tr: Expressions, node: exp.Not, scope: Scope) -> Typed:
    return Typed(exp.Not(this=tr(node.this, scope).node), BOOLEAN)


@handles(exp.Neg)
def _neg(tr: Expressions, node: exp.Neg, scope: Scope) -> Typed:
    inner = tr(node.this, scope)
    return Typed(exp.Neg(this=inner.node), inner.type)


@handles(exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ)
def _compare(tr: Expressions, node: exp.Binary, scope: Scope) -> Typed:
    left, right = tr(node.this, scope), tr(node.expression, scope)
    ordering = isinstance(node, exp.LT | exp.LTE | exp.GT | exp.GTE)
    a, b = comparable(left, right, ordering=ordering)
    return Typed(type(node)(this=a, expression=b), BOOLEAN)


@handles(exp.Is)
def _is(tr: Expressions, node: exp.Is, scope: Scope) -> Typed:
    left = tr(node.this, scope).node
    right = tr(node.expression, scope).node
    return Typed(exp.Is(this=left, expression=right), BOOLEAN)


@handles(exp.Like, exp.ILike)
def _like(tr: Expressions, node: exp.Like, scope: Scope) -> Typed:
    left, right = tr(node.this, scope), tr(node.expression, scope)
    found: exp.Expr = type(node)(this=as_text(left), expression=as_text(right))
    if node.args.get("negate"):
        found = exp.Not(this=found)
    return Typed(found, BOOLEAN)


@handles(exp.Escape)
def _escape(tr: Expressions, node: exp.Escape, scope: Scope) -> Typed:
    like = node.this
    if not isinstance(like, exp.Like):
        raise SqlUnsupportedError("ESCAPE belongs to LIKE.")
    left, right = tr(like.this, scope), tr(like.expression, scope)
    plain = exp.Like(this=as_text(left), expression=as_text(right))
    found: exp.Expr = exp.Escape(this=plain, expression=tr(node.expression, scope).node)
    return Typed(exp.Not(this=found) if like.args.get("negate") else found, BOOLEAN)


@handles(exp.SimilarTo)
def _similar(tr: Expressions, node: exp.SimilarTo, scope: Scope) -> Typed:
    subject, pattern = tr(node.this, scope), tr(node.expression, scope)
    return Typed(regex.similar_to(subject, pattern), BOOLEAN)


@handles(exp.Between)
def _between(tr: Expressions, node: exp.Between, scope: Scope) -> Typed:
    subject = tr(node.this, scope)
    low, high = tr(node.args["low"], scope), tr(node.args["high"], scope)
    a, b = comparable(subject, low, ordering=True)
    c, d = comparable(subject, high, ordering=True)
    bounds = exp.and_(exp.GTE(this=a, expression=b), exp.LTE(this=again(c), expression=d))
    return Typed(exp.Paren(this=bounds), BOOLEAN)


@handles(ContainedIn, exp.In)
def _in(tr: Expressions, node: exp.In, scope: Scope) -> Typed:
    subject = tr(node.this, scope)
    if (query := node.args.get("query")) is not None:
        return _in_query(tr, subject, query, scope)
    values = tr.all(node.expressions, scope)
    other = common_type([v.type for v in values])
    left = comparable(subject, Typed(exp.Null(), other))[0]
    right = [comparable(subject, v)[1] for v in values]
    return Typed(exp.In(this=left, expressions=right), BOOLEAN)


def _in_query(tr: Expressions, subject: Typed, query: exp.Expr, scope: Scope) -> Typed:
    tree, types = tr.query(query.this if isinstance(query, exp.Subquery) else query, scope)
    given = Typed(exp.column("v", "_in", quoted=True), types[0] if types else UNKNOWN)
    left, right = comparable(subject, given)
    if right is not given.node:
        name = exp.TableAlias(this=exp.to_identifier("_in"), columns=[exp.to_identifier("v")])
        tree = exp.select(right).from_(exp.Subquery(this=tree, alias=name))
    return Typed(exp.In(this=left, query=exp.Subquery(this=tree)), BOOLEAN)


@handles(exp.Exists)
def _exists(tr: Expressions, node: exp.Exists, scope: Scope) -> Typed:
    return Typed(exp.Exists(this=tr.query(node.this, scope)[0]), BOOLEAN)


@handles(exp.Subquery)
def _scalar(tr: Expressions, node: exp.Subquery, scope: Scope) -> Typed:
    tree, types = tr.query(node.this, scope)
    return Typed(exp.Subquery(this=tree), types[0] if types else UNKNOWN)


@handles(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)
def _arithmetic(tr: Expressions, node: exp.Binary, scope: Scope) -> Typed:
    left, right = tr(node.this, scope), tr(node.expression, scope)
    if isinstance(node, exp.Div):
        divisor = call("nullif", right.node, number(0))
        return Typed(exp.Div(this=left.node, expression=divisor), DOUBLE)
    if isinstance(node, exp.Mod):
        divisor = call("nullif", right.node, number(0))
        return Typed(exp.Mod(this=left.node, expression=divisor), left.type)
    kind = common_type([left.type, right.type])
    return Typed(type(node)(this=left.node, expression=right.node), kind)
