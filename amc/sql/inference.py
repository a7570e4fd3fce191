"""The fact of each kind of expression, from the facts of its parts."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from sqlglot import exp

from amc.sql.facts import LOW, NOTHING, VERY_HIGH, Fact, Money, merged
from amc.sql.functions import FunctionSpec, functions
from amc.sql.nodes import AmcFunction, call_args, call_name
from amc.sql.types import (
    BOOLEAN,
    DATE,
    DECIMAL,
    DOUBLE,
    LONG,
    NULL,
    STRING,
    TIMESTAMP,
    UNKNOWN,
    SqlType,
    array_of,
    common_type,
    parse_type,
)

Facts = dict[int, Fact]
# What is left of a threshold once values are counted: nothing.
COUNTING = frozenset({"COUNT", "APPROX_COUNT_DISTINCT", "CARDINALITY"})
_TIME_KEPT = frozenset(
    {"DATE_TRUNC", "MIN", "MAX", "EXTRACT", "HOUR", "MINUTE", "SECOND", "WEEK", "MONTH", "YEAR",
     "DAYOFMONTH", "DAYOFWEEK", "COALESCE", "IFNULL", "NVL", "GREATEST", "LEAST", "IF", "NULLIF"}
)  # fmt: skip
_MONEY_KEPT = frozenset(
    {"SUM", "AVG", "MIN", "MAX", "MEDIAN", "PERCENTILE", "APPROX_PERCENTILE", "ROUND", "TRUNC",
     "CEIL", "FLOOR", "ABS", "NULLIF", "COALESCE", "IFNULL", "NVL", "GREATEST", "LEAST", "IF"}
)  # fmt: skip
_ALTERNATIVES = frozenset({"COALESCE", "IFNULL", "NVL", "GREATEST", "LEAST"})
_parsed = cache(parse_type)


def fact_of(node: exp.Expr, facts: Facts) -> Fact:
    """The fact of a node whose children have theirs in `facts`."""
    kind = type(node)
    maker = _MAKERS.get(kind)
    if maker is None:
        maker = _maker(kind)
        _MAKERS[kind] = maker
    return maker(node, facts)


def _maker(kind: type[exp.Expr]) -> "Callable[[exp.Expr, Facts], Fact]":
    if issubclass(kind, exp.Predicate | exp.In):
        return _predicate
    if issubclass(kind, exp.Func):
        return _call
    return _any


def _parts(node: exp.Expr, facts: Facts) -> list[Fact]:
    return [facts.get(id(child), NOTHING) for child in node.iter_expressions()]


def _any(node: exp.Expr, facts: Facts) -> Fact:
    """Anything else: the strictest of its parts, of unknown type."""
    parts = _parts(node, facts)
    if not parts:
        return NOTHING
    return Fact(
        threshold=max(p.threshold for p in parts),
        given=any(p.given for p in parts),
        real=any(p.real for p in parts),
    )


def _through(node: exp.Expr, facts: Facts) -> Fact:
    return facts.get(id(node.this), NOTHING)


def _literal(node: exp.Expr, facts: Facts) -> Fact:
    if node.is_string:
        return Fact(STRING, given=True)
    text = str(node.this)
    try:
        number: float | None = float(text)
    except ValueError:
        number = None
    kind = LONG if text.isdigit() else DECIMAL if "e" not in text.lower() else DOUBLE
    return Fact(kind, given=True, constant=number)


def _boolean(node: exp.Expr, facts: Facts) -> Fact:
    return Fact(BOOLEAN, given=True)


def _null(node: exp.Expr, facts: Facts) -> Fact:
    return Fact(NULL)


def _predicate(node: exp.Expr, facts: Facts) -> Fact:
    """A truth value: comparing ids of users does not show them."""
    parts = _parts(node, facts)
    threshold = max((p.threshold for p in parts), default=0)
    return Fact(
        BOOLEAN,
        LOW if threshold >= VERY_HIGH else threshold,
        any(p.given for p in parts),
        any(p.real for p in parts),
    )


def _is(node: exp.Expr, facts: Facts) -> Fact:
    return Fact(BOOLEAN, real=True)


def _cast(node: exp.Expr, facts: Facts) -> Fact:
    inner = facts.get(id(node.this), NOTHING)
    target = node.args["to"]
    kind = _parsed(target.sql()) if isinstance(target, exp.DataType) else UNKNOWN
    time = kind.name in ("DATE", "TIMESTAMP", "STRING")
    return replace(
        inner,
        type=kind,
        zone=inner.zone if time else "",
        money=inner.money if kind.is_number else None,
        column=None,
        constant=inner.constant if kind.is_number else None,
    )


def _negative(node: exp.Expr, facts: Facts) -> Fact:
    inner = facts.get(id(node.this), NOTHING)
    return replace(inner, constant=-inner.constant if inner.constant is not None else None)


def _sum(node: exp.Expr, facts: Facts) -> Fact:
    left, right = facts.get(id(node.this), NOTHING), facts.get(id(node.expression), NOTHING)
    made = merged([left, right], _number(left, right))
    made.user = False
    # 5 + SUM(x) and SUM(x) + SUM(y) of one unit stay money; the rules look at the mixed ones.
    return made


def _number(left: Fact, right: Fact) -> SqlType:
    if left.type.is_number and right.type.is_number:
        return common_type([left.type, right.type])
    return UNKNOWN


def _product(node: exp.Expr, facts: Facts) -> Fact:
    left, right = facts.get(id(node.this), NOTHING), facts.get(id(node.expression), NOTHING)
    money = None
    if bool(left.money) != bool(right.money):
        amount, other = (left, right) if left.money else (right, left)
        money = _scaled(node, amount.money, other)
    constant = None
    if left.constant is not None and right.constant is not None:
        constant = left.constant * right.constant
    return _arithmetic(left, right, _number(left, right), money, constant)


def _quotient(node: exp.Expr, facts: Facts) -> Fact:
    left, right = facts.get(id(node.this), NOTHING), facts.get(id(node.expression), NOTHING)
    money = None
    if left.money and not right.money:
        if right.constant:
            inverse = replace(right, constant=1 / right.constant)
            money = _scaled(node, left.money, inverse)
        else:
            money = replace(left.money, shared=True)
    elif right.money and not left.money and left.real:
        # Sales per cost: as wrong as the cost is while that is undivided.
        money = replace(right.money, shared=True)
    constant = None
    if left.constant is not None and right.constant:
        constant = left.constant / right.constant
    return _arithmetic(left, right, DOUBLE, money, constant)


def _scaled(node: exp.Expr, money: Money | None, other: Fact) -> Money | None:
    if money is None:
        return None
    if other.constant is None:
        # A share of the amount, or something else: it stays undivided money.
        return replace(money, shared=True)
    factor = money.factor * other.constant
    return replace(money, factor=factor, scaled=money.scaled or other.constant != 1, node=node)


def _arithmetic(
    left: Fact, right: Fact, kind: SqlType, money: Money | None, constant: float | None
) -> Fact:
    return Fact(
        kind,
        max(left.threshold, right.threshold),
        left.given or right.given,
        left.real or right.real,
        money,
        constant=constant,
    )


def _case(node: exp.Expr, facts: Facts) -> Fact:
    default = node.args.get("default")
    branches = [facts.get(id(i.args.get("true")), NOTHING) for i in node.args.get("ifs") or []]
    if default is not None:
        branches.append(facts.get(id(default), NOTHING))
    made = merged(branches, _common(branches))
    conditions = [facts.get(id(i.this), NOTHING) for i in node.args.get("ifs") or []]
    return _choosing(made, [*conditions, facts.get(id(node.args.get("this")), NOTHING)])


def _if(node: exp.Expr, facts: Facts) -> Fact:
    """`IF(c, a, b)`, or one WHEN of a CASE."""
    branches = [facts.get(id(node.args[k]), NOTHING) for k in ("true", "false") if node.args.get(k)]
    made = merged(branches, _common(branches)) if branches else Fact()
    return _choosing(made, [facts.get(id(node.this), NOTHING)])


def _choosing(made: Fact, conditions: list[Fact]) -> Fact:
    """What chooses a value shows in it; that users were compared does not show them."""
    strict = max((c.threshold for c in conditions), default=0)
    return replace(
        made,
        threshold=max(made.threshold, strict if strict < VERY_HIGH else LOW),
        real=made.real or any(c.real for c in conditions),
        constant=None,
        column=None,
    )


def _common(facts: list[Fact]) -> SqlType:
    types = [f.type for f in facts if f.type.name != "NULL"]
    if not types:
        return NULL
    if any(t.name == "UNKNOWN" for t in types):
        return UNKNOWN
    return common_type(types) if same_family(types) else UNKNOWN


def family(kind: SqlType) -> str:
    """The kinds of types that AMC does not mix: number, text, time, truth, list, row."""
    if kind.is_number:
        return "number"
    if kind.is_time:
        return "time"
    return {"STRING": "text", "BOOLEAN": "truth", "ARRAY": "list", "STRUCT": "row"}.get(
        kind.name, ""
    )


def same_family(types: list[SqlType]) -> bool:
    """Whether types may stand beside one another; unknown ones may."""
    return len({f for f in map(family, types) if f}) <= 1


def _window(node: exp.Expr, facts: Facts) -> Fact:
    # PARTITION BY and ORDER BY shape the rows but are not shown.
    return facts.get(id(node.this), NOTHING)


def _array(node: exp.Expr, facts: Facts) -> Fact:
    parts = _parts(node, facts)
    made = merged(parts, UNKNOWN) if parts else Fact()
    return Fact(array_of(_common(parts)), made.threshold, made.given, made.real)


def _today(node: exp.Expr, facts: Facts) -> Fact:
    return Fact(DATE if isinstance(node, exp.CurrentDate) else TIMESTAMP, given=True, zone="utc")


def _call(node: exp.Expr, facts: Facts) -> Fact:
    """Any function: its type by the function table, its threshold the strictest of its parts."""
    name = call_name(node)
    if name in ("CUSTOM_PARAMETER", "BUILT_IN_PARAMETER"):
        kind = TIMESTAMP if name.startswith("BUILT") else UNKNOWN
        return Fact(kind, given=True)
    args = [facts.get(id(a), NOTHING) for a in call_args(node)]
    spec = functions().get(name)
    kind = _returned(spec, args, node)
    if name in COUNTING:
        return Fact(kind, real=any(a.real for a in args))
    if not args:
        return Fact(kind, given=name != "UUID")
    telling = args if name in _ALTERNATIVES else args[:1]
    if name in ("DATE_TRUNC", "EXTRACT"):
        telling = args[1:2]
    made = merged(telling or args, kind)
    return Fact(
        kind,
        max(a.threshold for a in args),
        any(a.given for a in args),
        any(a.real for a in args),
        made.money if name in _MONEY_KEPT else None,
        made.zone if name in _TIME_KEPT else "",
        made.user and name in ("MIN", "MAX", "COALESCE", "IFNULL", "NVL"),
    )


def _returned(spec: FunctionSpec | None, args: list[Fact], node: exp.Expr) -> SqlType:
    if spec is None:
        return UNKNOWN
    types = [a.type for a in args]
    first = types[0] if types else UNKNOWN
    match spec.returns:
        case "first":
            return first
        case "sum":
            if not first.is_number:
                return UNKNOWN
            return {"DECIMAL": DECIMAL, "DOUBLE": DOUBLE, "FLOAT": DOUBLE}.get(first.name, LONG)
        case "common":
            return _common(args)
        case "common_tail":
            return _common(args[1:])
        case "array_first":
            return array_of(first)
        case "element" | "element_array":
            return first.element or UNKNOWN
        case "struct":
            return SqlType("STRUCT")
        case named:
            return _parsed(named)


_MAKERS: dict[type[exp.Expr], Callable[[exp.Expr, Facts], Fact]] = {
    exp.Literal: _literal,
    exp.Boolean: _boolean,
    exp.Null: _null,
    exp.Paren: _through,
    exp.Alias: _through,
    exp.Ordered: _through,
    exp.Distinct: _any,
    exp.Is: _is,
    exp.Exists: _is,
    exp.Not: _predicate,
    exp.And: _predicate,
    exp.Or: _predicate,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Neg: _negative,
    exp.Add: _sum,
    exp.Sub: _sum,
    exp.Mul: _product,
    exp.Div: _quotient,
    exp.Mod: _product,
    exp.Case: _case,
    exp.If: _if,
    exp.Window: _window,
    exp.Array: _array,
    exp.CurrentDate: _today,
    exp.CurrentTimestamp: _today,
    AmcFunction: _call,
}
