"""Parameters, grouping and money."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.analysis import Level, parameter_name
from amc.sql.rules.base import Context, Remark, Rule

_BUILT_IN = ("TIME_WINDOW_START", "TIME_WINDOW_END")


def _parameters(context: Context) -> Iterator[tuple[exp.Expr, str, str]]:
    for node in context.analysis.tree.find_all(exp.Func):
        found = parameter_name(node)
        if found is not None:
            yield node, *found


def _undeclared(context: Context) -> Iterator[Remark]:
    names = context.declared.names
    for node, kind, name in _parameters(context):
        if kind == "CUSTOM_PARAMETER" and names is not None and name not in names:
            yield Remark(node, f"The parameter '{name}' has no value.")


def _built_in(context: Context) -> Iterator[Remark]:
    for node, kind, name in _parameters(context):
        if kind == "BUILT_IN_PARAMETER" and name.upper() not in _BUILT_IN:
            yield Remark(node, f"AMC has two built-in parameters: {' and '.join(_BUILT_IN)}.")


def _ungrouped(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        yield from _ungrouped_of(context, level)


def _ungrouped_of(context: Context, level: Level) -> Iterator[Remark]:
    """Columns of a grouped SELECT that stand neither in GROUP BY nor in an aggregate."""
    group = level.node.args.get("group")
    aggregates = any(_aggregate_in(e) for e in level.node.expressions)
    if group is None and not aggregates:
        return
    keys = [] if group is None else list(group.expressions)
    if group is not None and (group.args.get("rollup") or group.args.get("cube")):
        return
    grouped = {_key(k, level) for k in keys}
    for item in level.node.expressions:
        inner = item.this if isinstance(item, exp.Alias) else item
        if _key(inner, level) in grouped or item.alias_or_name.lower() in grouped:
            continue
        yield from _loose(inner, grouped, level)


def _key(node: exp.Expr, level: Level) -> str:
    """What a GROUP BY item stands for: an ordinal its column, an alias its expression."""
    if isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit():
        index = int(node.this) - 1
        if 0 <= index < len(level.node.expressions):
            item = level.node.expressions[index]
            inner = item.this if isinstance(item, exp.Alias) else item
            return str(inner.sql()).lower()
    if isinstance(node, exp.Column) and not node.table:
        return str(node.name).lower()
    return str(node.sql()).lower()


def _loose(node: exp.Expr, grouped: set[str], level: Level) -> Iterator[Remark]:
    if _key(node, level) in grouped or isinstance(node, exp.AggFunc | exp.Query | exp.Window):
        return
    if isinstance(node, exp.Column):
        if node.name.lower() not in grouped and node.sql().lower() not in grouped:
            yield Remark(
                node,
                f"'{node.name}' is neither in GROUP BY nor aggregated.",
            )
        return
    for child in node.iter_expressions():
        yield from _loose(child, grouped, level)


def _aggregate_in(node: exp.Expr) -> bool:
    if isinstance(node, exp.Query):
        return False
    if isinstance(node, exp.Window):
        return False
    if isinstance(node, exp.AggFunc):
        return True
    return any(_aggregate_in(child) for child in node.iter_expressions())


def _money(context: Context) -> Iterator[Remark]:
    for output in context.analysis.outputs:
        unit = _bare_money(context, output.node)
        if unit:
            divisor = "100000000" if unit.startswith("microcents") else "100000"
            word = unit.partition(" ")[0]
            yield Remark(
                output.node,
                f"'{output.name}' is in {word}: divide by {divisor} for currency.",
            )


def _bare_money(context: Context, node: exp.Expr) -> str:
    """The unit of a cost that is shown without a division anywhere in it."""
    if node.find(exp.Div, exp.Mul) is not None:
        return ""
    for column in node.find_all(exp.Column):
        use = context.analysis.uses.get(id(column))
        if use is None or use.output is None:
            continue
        counted = column.find_ancestor(exp.Count)
        if use.output.unit and use.output.column is not None and counted is None:
            return use.output.unit
    return ""


def _wrong_divisor(context: Context) -> Iterator[Remark]:
    for node in context.analysis.tree.find_all(exp.Div):
        divisor = node.expression
        if not (isinstance(divisor, exp.Literal) and not divisor.is_string):
            continue
        unit = _bare_money(context, node.this)
        number = float(divisor.this)
        if unit.startswith("microcents") and number == 100_000:
            yield Remark(node, "This column is in microcents: divide by 100000000.")
        if unit.startswith("millicents") and number == 100_000_000:
            yield Remark(node, "This column is in millicents: divide by 100000.")


RULES = (
    Rule("undeclared-parameter", "error", "The parameter has no value.",
         "AMC refuses a run whose parameter has neither value nor default.",
         "WHERE campaign = CUSTOM_PARAMETER('name')", "give --param name=…", _undeclared),
    Rule("built-in-parameter", "error", "There is no such built-in parameter.",
         "Only the two limits of the window exist.",
         "BUILT_IN_PARAMETER('START')", "BUILT_IN_PARAMETER('TIME_WINDOW_START')", _built_in),
    Rule("not-grouped", "error", "A column is neither grouped nor aggregated.",
         "AMC answers: Expression '…' is not being grouped.",
         "SELECT campaign, device_type, SUM(impressions) FROM dsp_impressions GROUP BY 1",
         "SELECT campaign, device_type, SUM(impressions) FROM dsp_impressions GROUP BY 1, 2",
         _ungrouped),
    Rule("money-unit", "warning", "A cost is shown undivided.",
         "AMC keeps costs in microcents (1e-8) or millicents (1e-5) of the currency.",
         "SELECT SUM(supply_cost) AS cost FROM dsp_impressions",
         "SELECT SUM(supply_cost) / 100000000 AS cost FROM dsp_impressions", _money),
    Rule("money-divisor", "warning", "A cost is divided by the other unit's number.",
         "spend and fees are microcents; total_cost and impression_cost are millicents.",
         "SELECT SUM(total_cost) / 100000000 AS cost FROM dsp_impressions",
         "SELECT SUM(total_cost) / 100000 AS cost FROM dsp_impressions", _wrong_divisor),
)  # fmt: skip
