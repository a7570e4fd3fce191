"""Expressions with a syntax of their own: CASE, IF, CAST, EXTRACT, SUBSTRING, dates."""

from datetime import timedelta

from sqlglot import exp

from amc.sql.duckdb.calls import as_text, as_time
from amc.sql.duckdb.compare import comparable
from amc.sql.duckdb.core import Expressions, handles
from amc.sql.duckdb.literals import timestamp
from amc.sql.duckdb.model import Scope, Typed, again, call, cast, literal_text, number, when
from amc.sql.errors import SqlUnsupportedError
from amc.sql.types import (
    BOOLEAN,
    DATE,
    INTEGER,
    LONG,
    NULL,
    STRING,
    TIMESTAMP,
    SqlType,
    common_type,
    duckdb_type,
    parse_type,
)

_NAMED_DAYS = {
    "today": timedelta(),
    "now": timedelta(),
    "yesterday": timedelta(days=-1),
    "tomorrow": timedelta(days=1),
}
_WHOLE = ("BYTE", "SHORT", "INTEGER", "LONG")


@handles(exp.Case)
def _case(tr: Expressions, node: exp.Case, scope: Scope) -> Typed:
    subject = tr(node.this, scope) if node.this else None
    branches, types = [], []
    for branch in node.args["ifs"]:
        condition = tr(branch.this, scope)
        if subject is not None:
            a, b = comparable(subject, condition)
            condition = Typed(exp.EQ(this=again(a), expression=b), BOOLEAN)
        then = tr(branch.args["true"], scope)
        types.append(then.type)
        branches.append(exp.If(this=condition.node, true=then.node))
    default = node.args.get("default")
    other = tr(default, scope) if default is not None else Typed(exp.Null(), NULL)
    kind = common_type([*types, other.type])
    return Typed(exp.Case(ifs=branches, default=other.node), kind)


@handles(exp.If)
def _if(tr: Expressions, node: exp.If, scope: Scope) -> Typed:
    condition = tr(node.this, scope)
    then = tr(node.args["true"], scope)
    given = node.args.get("false")
    other = tr(given, scope) if given is not None else Typed(exp.Null(), NULL)
    return Typed(when(condition.node, then.node, other.node), common_type([then.type, other.type]))


@handles(exp.TryCast, exp.Cast)
def _cast(tr: Expressions, node: exp.Cast, scope: Scope) -> Typed:
    kind = parse_type(node.to.sql("amc"))
    if kind.name == "UNKNOWN":
        raise SqlUnsupportedError(f"There is no type {node.to.sql('amc')}.")
    word = (literal_text(node.this) or "").strip().lower()
    if word in _NAMED_DAYS and kind.is_time:
        return _named_day(tr, word, kind)
    value = tr(node.this, scope)
    target = duckdb_type(kind)
    if kind.name in _WHOLE and value.type.name in ("DECIMAL", "DOUBLE", "FLOAT"):
        # DuckDB rounds here; AMC's runtime cuts.
        return Typed(cast(call("trunc", value.node), target), kind)
    if value.type.name == "STRING" and not isinstance(value.node, exp.Literal):
        return Typed(exp.TryCast(this=value.node, to=target), kind)
    return Typed(cast(value.node, target), kind)


def _named_day(tr: Expressions, word: str, kind: SqlType) -> Typed:
    at = tr.setting.now + _NAMED_DAYS[word]
    if word != "now":
        at = at.replace(hour=0, minute=0, second=0, microsecond=0)
    moment = timestamp(at)
    return Typed(cast(moment, "DATE") if kind.name == "DATE" else moment, kind)


@handles(exp.CurrentDate)
def _current_date(tr: Expressions, _: exp.CurrentDate, __: Scope) -> Typed:
    return Typed(cast(timestamp(tr.setting.now), "DATE"), DATE)


@handles(exp.CurrentTimestamp)
def _current_timestamp(tr: Expressions, _: exp.CurrentTimestamp, __: Scope) -> Typed:
    return Typed(timestamp(tr.setting.now), TIMESTAMP)


@handles(exp.Extract)
def _extract(tr: Expressions, node: exp.Extract, scope: Scope) -> Typed:
    value, unit = tr(node.expression, scope), node.name.upper()
    if unit in ("DOW", "DAYOFWEEK"):
        one_based = exp.Add(this=call("dayofweek", as_time(value)), expression=number(1))
        return Typed(exp.Paren(this=one_based), LONG)
    return Typed(exp.Extract(this=exp.var(unit), expression=as_time(value)), LONG)


@handles(exp.Substring)
def _substring(tr: Expressions, node: exp.Substring, scope: Scope) -> Typed:
    parts = [tr(node.args[k], scope).node for k in ("start", "length") if node.args.get(k)]
    return Typed(call("substr", as_text(tr(node.this, scope)), *parts), STRING)


@handles(exp.Trim)
def _trim(tr: Expressions, node: exp.Trim, scope: Scope) -> Typed:
    side = node.text("position").upper()
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(side, "trim")
    what = node.args.get("expression")
    more = [tr(what, scope).node] if what is not None else []
    return Typed(call(name, as_text(tr(node.this, scope)), *more), STRING)


@handles(exp.StrPosition)
def _position(tr: Expressions, node: exp.StrPosition, scope: Scope) -> Typed:
    whole, sub = tr(node.this, scope), tr(node.args["substr"], scope)
    return Typed(cast(call("strpos", as_text(whole), as_text(sub)), "INTEGER"), INTEGER)
