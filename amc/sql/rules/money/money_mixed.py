"""Microcents beside millicents, or divided beside undivided."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.facts import Money
from amc.sql.nodes import call_args
from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    node: exp.Expr
    for node, sides in _together(context):
        found = [m for s in sides if (m := context.analysis.fact(s).money) is not None]
        if _mixed(found):
            yield Remark(node, _says(found[0], found[-1]))
    for _, left, right in context.analysis.unions:
        for ours, theirs in zip(left, right, strict=False):
            a, b = ours.fact.money, theirs.fact.money
            if a is not None and b is not None and _mixed([a, b]):
                yield Remark(theirs.node, _says(a, b))


def _together(context: Context) -> Iterator[tuple[exp.Expr, list[exp.Expr]]]:
    node: exp.Expr
    for node in context.analysis.of(exp.Add, exp.Sub, exp.Div):
        yield node, [node.this, node.expression]
    for node in context.analysis.of(exp.Coalesce):
        yield node, call_args(node)
    for node in context.analysis.of(exp.If):
        if not isinstance(node.parent, exp.Case):
            yield node, [b for k in ("true", "false") if (b := node.args.get(k)) is not None]


def _mixed(found: list[Money]) -> bool:
    states = {("scaled" if m.scaled else m.unit) for m in found}
    return len(states) > 1 and not any(m.shared for m in found)


def _says(first: Money, last: Money) -> str:
    if first.scaled != last.scaled:
        return (
            f"{first.column} and {last.column}: one of them is divided already, the other is not."
        )
    return (
        f"{first.column} is in {first.unit}, {last.column} in {last.unit}: divide the one by "
        "100000000 and the other by 100000."
    )


RULE = Rule(
    code="money-mixed",
    severity="warning",
    what="Costs of different units are put together.",
    why="Microcents are a thousandth of millicents; the sum means nothing.",
    wrong=(
        "SELECT campaign, (SUM(total_cost) + SUM(platform_fee)) / 100000 AS cost FROM "
        "dsp_impressions GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(total_cost) / 100000 + SUM(platform_fee) / 100000000 AS "
        "cost FROM dsp_impressions GROUP BY 1"
    ),
    look=_look,
)
