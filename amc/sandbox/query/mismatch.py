"""Types that do not go together, in Calcite's words.

Only what is certain is refused: a type that the text alone does not tell is taken. Texts and
numbers are no mismatch, since AMC casts one to the other where they are compared.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlglot import exp

from amc.sandbox.query import functions
from amc.sandbox.query.complaints import Complaints
from amc.sandbox.query.errors import CompileError
from amc.sql.analysis import analyse
from amc.sql.catalog import Catalog
from amc.sql.inferring import Types
from amc.sql.nodes import call_args, call_name
from amc.sql.types import SqlType

Found = tuple[exp.Expr, str]
Wrong = Callable[[SqlType], bool]
"""Whether a type is certainly not what is wanted."""

_NUMBERS = frozenset({"ABS", "CEIL", "FLOOR", "EXP", "LN", "LOG", "LOG10", "POWER", "SQRT", "ROUND",
                      "TRUNC"})  # fmt: skip
_TIMES = frozenset({"SECONDS_BETWEEN", "HOUR", "MINUTE", "SECOND", "WEEK", "MONTH", "YEAR",
                    "DAYOFMONTH", "DAYOFWEEK"})  # fmt: skip
_ARRAYS = frozenset({"ARRAY_SORT", "ARRAY_CONTAINS", "CARDINALITY", "ARRAY_TO_STRING", "ARRAY_CAT",
                     "ARRAY_UNION", "ARRAY_INTERSECT", "ARRAY_COMPLEMENT", "ARRAY_DISTINCT",
                     "ARRAY_REMOVE", "FLATTEN", "EXPLODE"})  # fmt: skip
_SIGNS: dict[type[exp.Expr], str] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/",
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
    exp.And: "AND", exp.Or: "OR",
}  # fmt: skip
_SQL_NAMES = {"STRING": "VARCHAR", "LONG": "BIGINT", "SHORT": "SMALLINT", "BYTE": "TINYINT"}


def mismatch_in(tree: exp.Expr, catalog: Catalog, complaints: Complaints) -> CompileError | None:
    """The first expression of a parsed query whose types do not go together."""
    types = Types(analyse(tree, catalog))
    for node in tree.walk():
        for place, message in _looked_at(node, types):
            return complaints.at(place, message)
    return None


def _looked_at(node: exp.Expr, types: Types) -> Iterator[Found]:
    look = next((look for kinds, look in _LOOKS if isinstance(node, kinds)), None)
    return look(node, types) if look is not None else iter(())


def _clause(node: exp.Expr, types: Types) -> Iterator[Found]:
    if isinstance(node, exp.Join):
        condition = node.args.get("on")
        return _condition(condition, "ON", types) if condition is not None else iter(())
    name = "WHERE" if isinstance(node, exp.Where) else "HAVING"
    return _condition(node.this, name, types)


def _logic(node: exp.Binary, types: Types) -> Iterator[Found]:
    return _sides(node, types, "BOOLEAN", _not_true_or_false)


def _arithmetic(node: exp.Binary, types: Types) -> Iterator[Found]:
    return _sides(node, types, "NUMERIC", _no_number)


def _negative(node: exp.Neg, types: Types) -> Iterator[Found]:
    return _argument(node, node.this, "-", "NUMERIC", types, _no_number)


def _condition(node: exp.Expr, clause: str, types: Types) -> Iterator[Found]:
    if _not_true_or_false(types.of(node)):
        yield node, f"{clause} clause must be a condition"


def _no_number(kind: SqlType) -> bool:
    return kind.name in ("STRING", "BOOLEAN", "DATE", "TIMESTAMP", "ARRAY")


def _not_true_or_false(kind: SqlType) -> bool:
    return kind.name not in ("BOOLEAN", "UNKNOWN", "NULL")


def _no_time(kind: SqlType) -> bool:
    return kind.is_number or kind.name in ("BOOLEAN", "ARRAY")


def _no_array(kind: SqlType) -> bool:
    return kind.is_number or kind.is_time or kind.name in ("STRING", "BOOLEAN")


def _is_text(node: exp.Expr) -> bool:
    return isinstance(node.unnest(), exp.Literal) and bool(node.unnest().is_string)


def _shown(kind: SqlType) -> str:
    """A type as Calcite writes it."""
    if kind.name == "ARRAY" and kind.element is not None:
        return f"{_shown(kind.element)} ARRAY"
    return _SQL_NAMES.get(kind.name, str(kind).replace(",", ", "))


def _sides(node: exp.Binary, types: Types, wanted: str, is_wrong: Wrong) -> Iterator[Found]:
    sides = [types.of(node.left), types.of(node.right)]
    wrong = [
        is_wrong(kind) and not (wanted == "NUMERIC" and _is_text(side))
        for kind, side in zip(sides, (node.left, node.right), strict=True)
    ]
    if any(wrong) and all(kind.name != "UNKNOWN" for kind in sides):
        yield node, _operator(node, sides, wanted)


def _operator(node: exp.Binary, sides: list[SqlType], wanted: str) -> str:
    sign = _SIGNS[type(node)]
    left, right = (f"<{_shown(kind)}>" for kind in sides)
    return (
        f"Cannot apply '{sign}' to arguments of type '{left} {sign} {right}'. "
        f"Supported form(s): '<{wanted}> {sign} <{wanted}>'"
    )


def _compared(node: exp.Binary, types: Types) -> Iterator[Found]:
    left, right = sides = [types.of(node.left), types.of(node.right)]
    if any(one.is_time and other.is_number for one, other in ((left, right), (right, left))):
        yield node, _operator(node, sides, "COMPARABLE_TYPE")


def _argument(
    node: exp.Expr, argument: exp.Expr, name: str, wanted: str, types: Types, is_wrong: Wrong
) -> Iterator[Found]:
    kind = types.of(argument)
    if is_wrong(kind) and not (_is_text(argument) and wanted == "NUMERIC"):
        yield (
            node,
            (
                f"Cannot apply '{name}' to arguments of type '{name}(<{_shown(kind)}>)'. "
                f"Supported form(s): '{name}(<{wanted}>)'"
            ),
        )


def _mixed(node: exp.Expr, types: Types) -> Iterator[Found]:
    if isinstance(node, exp.Coalesce):
        results = [node.this, *node.expressions]
    elif isinstance(node, exp.If):
        if isinstance(node.parent, exp.Case):
            return
        results = [node.args.get("true"), node.args.get("false")]
    else:
        results = [*(branch.args.get("true") for branch in node.args["ifs"]), node.args["default"]]
    kinds = [types.of(result) for result in results if result is not None]
    if any(kind.is_time for kind in kinds) and any(_no_time(kind) for kind in kinds):
        yield node, "Illegal mixing of types in CASE or COALESCE statement"


def _united(node: exp.Union, types: Types) -> Iterator[Found]:
    left, right = _first(node.this), _first(node.expression)
    if left is None or right is None or len(left) != len(right):
        return
    kind = "UNION" if node.args.get("distinct") else "UNION ALL"
    for number, (one, other) in enumerate(zip(left, right, strict=True), 1):
        sides = (types.of(one), types.of(other))
        if any(side.is_time for side in sides) and any(_no_time(side) for side in sides):
            yield one, f"Type mismatch in column {number} of {kind}"


def _first(query: exp.Expr) -> list[exp.Expr] | None:
    while isinstance(query, exp.Subquery | exp.SetOperation):
        query = query.this
    return list(query.expressions) if isinstance(query, exp.Select) else None


def _placed(node: exp.Window, _: Types) -> Iterator[Found]:
    """RANK needs an order; Calcite says so with both names."""
    ordered = node.args.get("order") is not None or node.args.get("alias") is not None
    if call_name(node.this) in ("RANK", "DENSE_RANK") and not ordered:
        yield (
            node,
            "RANK or DENSE_RANK functions require ORDER BY clause in window specification",
        )


def _call(node: exp.Func, types: Types) -> Iterator[Found]:
    name, arguments = call_name(node), call_args(node)
    if name in functions.RANKS and not isinstance(node.parent, exp.Window):
        yield node, "OVER clause is necessary for window functions"
    if not arguments:
        return
    if name in functions.SUMS | _NUMBERS:
        yield from _argument(node, arguments[0], name, "NUMERIC", types, _no_number)
    elif name in _TIMES:
        for argument in arguments:
            yield from _argument(node, argument, name, "DATETIME", types, _no_time)
    elif name in ("DATE_TRUNC", "EXTRACT"):
        yield from _argument(node, arguments[-1], name, "DATETIME", types, _no_time)
    elif name in _ARRAYS:
        yield from _argument(node, arguments[0], name, "ARRAY", types, _no_array)


_LOOKS: tuple[tuple[Any, Callable[[Any, Types], Iterator[Found]]], ...] = (
    ((exp.Where, exp.Having, exp.Join), _clause),
    (exp.Connector, _logic),
    ((exp.Add, exp.Sub, exp.Mul, exp.Div), _arithmetic),
    ((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), _compared),
    (exp.Neg, _negative),
    ((exp.Case, exp.If, exp.Coalesce), _mixed),
    (exp.Union, _united),
    (exp.Window, _placed),
    (exp.Func, _call),
)
