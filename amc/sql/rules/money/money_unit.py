"""A cost that is shown undivided."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Edit, Remark, Rule
from amc.sql.rules.shared import is_star


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.top_levels():
        for output in level.outputs:
            money = output.fact.money
            if money is None or money.scaled or is_star(output.node):
                continue
            divisor = "100000000" if money.unit == "microcents" else "100000"
            edit = None
            if not money.shared:
                span = context.places.span(output.node)
                text = context.places.sql[span[0] : span[1]]
                if isinstance(output.node, exp.Column | exp.Func):
                    edit = Edit(span, f"{text} / {divisor}", f"Divide by {divisor}")
                if isinstance(output.node, exp.Column) and not isinstance(
                    output.node.parent, exp.Alias
                ):
                    edit = Edit(
                        span, f"{text} / {divisor} AS {output.name}", f"Divide by {divisor}"
                    )
            yield Remark(
                output.node,
                f"'{output.name}' is in {money.unit} ({money.column}): divide by {divisor} for "
                "currency.",
                edit,
            )


RULE = Rule(
    code="money-unit",
    severity="warning",
    what="A cost is shown undivided.",
    why="AMC keeps costs in microcents (1e-8 of the currency) or millicents (1e-5).",
    wrong="SELECT campaign, SUM(supply_cost) AS cost FROM dsp_impressions GROUP BY 1",
    right=("SELECT campaign, SUM(supply_cost) / 100000000 AS cost FROM dsp_impressions GROUP BY 1"),
    look=_look,
)
