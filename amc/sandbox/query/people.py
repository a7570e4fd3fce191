"""Sets of persons as hidden columns hold them: nodes of our own, and what DuckDB does for them.

They are not AMC's array functions. A set has no order, no NULL and at most `CAP` members: nobody
asks whether there are more, and of two sets that were cut the union is still known up to the cap.
"""

from typing import Any

from sqlglot import exp

from amc.sql.duckdb.core import Expressions, handles
from amc.sql.duckdb.model import Scope, Typed, again, call, is_null, number
from amc.sql.types import LONG, STRING, SqlType

CAP = 100
"""The most persons that any rule of AMC's asks for."""
SET = SqlType("ARRAY", STRING)


class PeopleOf(exp.Expression, exp.AggFunc):
    """The set of the user ids in the rows of a group."""

    arg_types = {"this": True}  # noqa: RUF012 (sqlglot's own form)


class PeopleOfSets(exp.Expression, exp.AggFunc):
    """The union of the sets in the rows of a group."""

    arg_types = {"this": True}  # noqa: RUF012


class PeopleTogether(exp.Expression, exp.Func):
    """The union of several sets (`expressions`) of one row."""

    arg_types = {"expressions": True}  # noqa: RUF012
    is_var_len_args = True


class PeopleCount(exp.Expression, exp.Func):
    """How many a set has, 0 for none."""

    arg_types = {"this": True}  # noqa: RUF012


@handles(PeopleOf)
def _of(tr: Expressions, node: Any, scope: Scope) -> Typed:
    user = tr(node.this, scope).node
    members = call("list", exp.Distinct(expressions=[user]))
    known = exp.Where(this=exp.Not(this=is_null(again(user))))
    return Typed(_cut(exp.Filter(this=members, expression=known)), SET)


@handles(PeopleOfSets)
def _of_sets(tr: Expressions, node: Any, scope: Scope) -> Typed:
    return Typed(_union(call("list", tr(node.this, scope).node)), SET)


@handles(PeopleTogether)
def _together(tr: Expressions, node: Any, scope: Scope) -> Typed:
    sets = [tr(part, scope).node for part in node.expressions]
    return Typed(_union(call("list_value", *sets)), SET)


@handles(PeopleCount)
def _count(tr: Expressions, node: Any, scope: Scope) -> Typed:
    return Typed(call("coalesce", call("len", tr(node.this, scope).node), number(0)), LONG)


def _union(sets: exp.Expr) -> exp.Expr:
    return _cut(call("list_distinct", call("flatten", sets)))


def _cut(members: exp.Expr) -> exp.Expr:
    return call("list_slice", members, number(1), number(CAP))
