"""SQL that AMC does not run, or runs other than expected."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.nodes import call_name
from amc.sql.rules.base import Context, Remark, Rule


def _top(context: Context) -> exp.Expr:
    node = context.analysis.tree
    while isinstance(node, exp.Subquery):
        node = node.this
    return node


def _limit(context: Context) -> Iterator[Remark]:
    for node in context.analysis.tree.find_all(exp.Limit, exp.Fetch, exp.Offset):
        yield Remark(node, "AMC has no LIMIT: rank the rows and keep those with a low rank.")


def _outer_order(context: Context) -> Iterator[Remark]:
    order = _top(context).args.get("order")
    if order is not None:
        yield Remark(order, "ORDER BY has no effect here: AMC's result has no order. Sort it here.")


def _star(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        for item in level.node.expressions:
            inner = item.this if isinstance(item, exp.Column) else item
            if isinstance(inner, exp.Star) and level.is_top:
                yield Remark(item, "AMC refuses SELECT *: name the columns.")


def _inner_star(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        parent = level.node.parent
        of_values = any(isinstance(s.node, exp.Values) for s in level.sources)
        in_exists = isinstance(parent, exp.Exists)
        for item in level.node.expressions:
            inner = item.this if isinstance(item, exp.Column) else item
            star = isinstance(inner, exp.Star)
            if star and not level.is_top and not of_values and not in_exists:
                yield Remark(item, "AMC may refuse * here too: name the columns.")


def _right_join(context: Context) -> Iterator[Remark]:
    for join in context.analysis.tree.find_all(exp.Join):
        if join.side == "RIGHT":
            yield Remark(join, "AMC has no RIGHT JOIN: swap the two sides and write LEFT JOIN.")


def _set_operations(context: Context) -> Iterator[Remark]:
    for node in context.analysis.tree.find_all(exp.Intersect, exp.Except):
        yield Remark(node, f"AMC has no {node.key.upper()}: use IN (SELECT …) or a join.")


def _concatenation(context: Context) -> Iterator[Remark]:
    for node in context.analysis.tree.find_all(exp.DPipe):
        yield Remark(node, "AMC has no ||: write CONCAT(a, b).")


def _interval(context: Context) -> Iterator[Remark]:
    for node in context.analysis.tree.find_all(exp.Interval):
        yield Remark(
            node,
            "AMC has no INTERVAL: use SECONDS_BETWEEN, or widen the table's window with "
            "EXTEND_TIME_WINDOW.",
        )


def _count_star_over(context: Context) -> Iterator[Remark]:
    for node in context.analysis.tree.find_all(exp.Window):
        inner = node.this
        if isinstance(inner, exp.Count) and isinstance(inner.this, exp.Star):
            yield Remark(node, "AMC refuses COUNT(*) OVER: count a column, COUNT(column) OVER.")


def _nested_aggregate(context: Context) -> Iterator[Remark]:
    for node in context.analysis.tree.find_all(exp.AggFunc):
        if isinstance(node.parent, exp.Window):
            continue
        inner = next(
            (n for n in node.find_all(exp.AggFunc) if n is not node and _same_level(n, node)), None
        )
        if inner is not None:
            yield Remark(node, f"{call_name(node)} of an aggregate: do the inner one in a CTE.")


def _same_level(inner: exp.Expr, outer: exp.Expr) -> bool:
    node = inner.parent
    while node is not None and node is not outer:
        if isinstance(node, exp.Query | exp.Window):
            return False
        node = node.parent
    return not isinstance(inner.parent, exp.Window)


def _extended(context: Context) -> Iterator[Remark]:
    for node, extended in context.analysis.extended:
        if len(extended.args) != 3 or extended.table is None:
            yield Remark(
                node,
                "EXTEND_TIME_WINDOW takes three texts: EXTEND_TIME_WINDOW('table', 'P28D', 'P0D').",
            )
        elif extended.before is None or extended.after is None:
            yield Remark(
                node, "Each extension is a duration in days, hours or minutes, such as 'P28D'."
            )


def _unwrapped(context: Context) -> Iterator[Remark]:
    for node, extended in context.analysis.extended:
        if not extended.wrapped:
            yield Remark(node, "Write TABLE( ) around EXTEND_TIME_WINDOW, as Amazon always does.")


RULES = (
    Rule("limit", "error", "LIMIT is not supported.", "AMC documents it as unsupported.",
         "SELECT campaign FROM dsp_impressions GROUP BY 1 LIMIT 10",
         "keep rows with RANK() OVER (ORDER BY SUM(impressions) DESC) <= 10 of a CTE", _limit),
    Rule("outer-order-by", "warning", "The outer ORDER BY does nothing.",
         "AMC documents ORDER BY as unsupported outside OVER(); results have no order.",
         "SELECT campaign FROM dsp_impressions GROUP BY 1 ORDER BY 1",
         "SELECT campaign FROM dsp_impressions GROUP BY 1", _outer_order),
    Rule("select-star", "error", "SELECT * is refused.",
         "Tables hold columns that may never be shown.",
         "SELECT * FROM dsp_impressions", "SELECT campaign FROM dsp_impressions", _star),
    Rule("inner-star", "warning", "* inside a CTE may be refused.",
         "Amazon documents no * at all; over CTEs it was never seen.",
         "WITH t AS (SELECT * FROM dsp_impressions) SELECT campaign FROM t",
         "WITH t AS (SELECT campaign FROM dsp_impressions) SELECT campaign FROM t", _inner_star),
    Rule("right-join", "error", "RIGHT JOIN is not supported.",
         "AMC documents it as unsupported.",
         "SELECT b.x FROM a RIGHT JOIN b ON a.id = b.id",
         "SELECT b.x FROM b LEFT JOIN a ON a.id = b.id", _right_join),
    Rule("set-operation", "error", "INTERSECT and EXCEPT are not supported.",
         "AMC knows UNION only.", "SELECT a FROM x EXCEPT SELECT a FROM y",
         "SELECT a FROM x WHERE a NOT IN (SELECT a FROM y)", _set_operations),
    Rule("concatenation", "error", "|| is not supported.",
         "AMC answers: Unsupported scalar operation type ||.",
         "SELECT a || b FROM t", "SELECT CONCAT(a, b) FROM t", _concatenation),
    Rule("interval", "error", "INTERVAL is not supported.",
         "AMC answers: interval data types are not enabled.",
         "WHERE dt > CURRENT_DATE - INTERVAL '7' DAY",
         "choose the window of the run; the table is cut to it", _interval),
    Rule("count-star-over", "error", "COUNT(*) OVER is refused.",
         "Reported by those who ran it.", "SELECT COUNT(*) OVER () FROM t",
         "SELECT COUNT(campaign) OVER () FROM t", _count_star_over),
    Rule("nested-aggregate", "error", "An aggregate of an aggregate.",
         "One SELECT aggregates once.", "SELECT MAX(SUM(impressions)) FROM t",
         "WITH s AS (SELECT campaign, SUM(impressions) AS n FROM t GROUP BY 1) "
         "SELECT MAX(n) FROM s", _nested_aggregate),
    Rule("extend-time-window", "error", "EXTEND_TIME_WINDOW is written wrongly.",
         "It takes the table's name and two durations, all three as texts.",
         "FROM TABLE(EXTEND_TIME_WINDOW(dsp_clicks, 28, 0))",
         "FROM TABLE(EXTEND_TIME_WINDOW('dsp_clicks', 'P28D', 'P0D'))", _extended),
    Rule("extend-without-table", "warning", "TABLE( ) is missing.",
         "Working queries always write it.",
         "FROM EXTEND_TIME_WINDOW('dsp_clicks', 'P28D', 'P0D')",
         "FROM TABLE(EXTEND_TIME_WINDOW('dsp_clicks', 'P28D', 'P0D'))", _unwrapped),
)  # fmt: skip
