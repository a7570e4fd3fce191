"""Function calls and parameters."""

from sqlglot import exp

from amc.sql.duckdb.calls import CALLS, as_text
from amc.sql.duckdb.compare import comparable
from amc.sql.duckdb.core import Expressions, handles, without_aliases
from amc.sql.duckdb.literals import parameter_literal, timestamp
from amc.sql.duckdb.model import Scope, Typed, again, call, literal_text, name_error, when
from amc.sql.duckdb.typing import result_type
from amc.sql.errors import SqlNameError, SqlUnsupportedError
from amc.sql.functions import functions
from amc.sql.nodes import AmcFunction, call_args, call_name, is_distinct, place
from amc.sql.types import TIMESTAMP

_STANDARD = {
    *("SUM", "AVG", "MIN", "MAX", "COUNT", "STDDEV", "STDDEV_SAMP", "STDDEV_POP", "VARIANCE"),
    *("VAR_SAMP", "VAR_POP", "COALESCE", "NULLIF", "CONCAT", "LOWER", "UPPER", "ABS"),
    *("ROW_NUMBER", "RANK", "DENSE_RANK"),
}


@handles(AmcFunction)
def _amc(tr: Expressions, node: AmcFunction, scope: Scope) -> Typed:
    if node.name in ("CUSTOM_PARAMETER", "BUILT_IN_PARAMETER"):
        return _parameter(tr, node)
    return _function(tr, node, scope)


def _parameter(tr: Expressions, node: AmcFunction) -> Typed:
    name = literal_text(node.expressions[0]) if node.expressions else None
    if node.name == "BUILT_IN_PARAMETER":
        ends = dict(zip(("TIME_WINDOW_START", "TIME_WINDOW_END"), tr.setting.window, strict=True))
        if (name or "").upper() not in ends:
            raise name_error(node, f"There is no built-in parameter '{name}'")
        return Typed(timestamp(ends[(name or "").upper()]), TIMESTAMP)
    if name is None or name not in tr.setting.parameters:
        raise name_error(node, f"Parameter '{name}' is not declared")
    return parameter_literal(tr.setting.parameters[name])


@handles(exp.Func)
def _function(tr: Expressions, node: exp.Expr, scope: Scope) -> Typed:
    name = call_name(node)
    spec = functions().get(name)
    if spec is None or (name not in CALLS and name not in _STANDARD and name != "IF"):
        raise SqlNameError(f"Function {name} is not known", **place(node))
    aggregate_scope = without_aliases(scope) if spec.kind in ("aggregate", "window") else scope
    args = tr.all(call_args(node), aggregate_scope)
    low, high = spec.min_args, spec.max_args
    if len(args) < low or (high is not None and len(args) > high):
        raise SqlUnsupportedError(f"{name} takes other arguments: {spec.signature}")
    kind = result_type(spec, args)
    if isinstance(node, exp.AggFunc) and is_distinct(node):
        args = [Typed(exp.Distinct(expressions=[_one(args)]), args[0].type), *args[1:]][:1]
    if build := CALLS.get(name):
        return Typed(build(args), kind)
    return Typed(_standard(tr, name, args), kind)


def _standard(tr: Expressions, name: str, args: list[Typed]) -> exp.Expr:
    if name == "NULLIF":
        return call("nullif", *comparable(*args))
    if name in ("CONCAT", "LOWER", "UPPER"):
        return call(name, *(as_text(a) for a in args))
    if name == "COUNT" and len(args) > 1:
        return call("count", _one(args))
    return call(name, *(a.node for a in args))


@handles(exp.Anonymous)
def _anonymous(tr: Expressions, node: exp.Anonymous, _: Scope) -> Typed:
    raise SqlNameError(f"Function {node.name.upper()} is not known", **place(node))


def _one(args: list[Typed]) -> exp.Expr:
    """What COUNT(DISTINCT a, b) counts: rows of values, none of which is NULL."""
    if len(args) == 1:
        return args[0].node
    nulls = exp.or_(*(exp.Is(this=again(a.node), expression=exp.Null()) for a in args))
    return when(nulls, exp.Null(), call("row", *(a.node for a in args)))
