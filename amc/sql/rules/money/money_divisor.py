"""A cost divided by another number than its unit asks for."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Edit, Remark, Rule
from amc.sql.rules.shared import bare

_RIGHT = {"microcents": 1e-8, "millicents": 1e-5}
_POWERS = tuple(10.0**-n for n in range(1, 13))


def _look(context: Context) -> Iterator[Remark]:
    seen: set[int] = set()
    for level in context.analysis.top_levels():
        for output in level.outputs:
            money = output.fact.money
            if money is None or not money.scaled or money.shared or money.node is None:
                continue
            wanted = _RIGHT[money.unit]
            is_power = any(abs(money.factor - p) < p * 1e-6 for p in _POWERS)
            if not is_power or abs(money.factor - wanted) < wanted * 1e-6 or id(money.node) in seen:
                continue
            seen.add(id(money.node))
            number = "100000000" if money.unit == "microcents" else "100000"
            node, edit = money.node, None
            if isinstance(node, exp.Div) and isinstance(bare(node.expression), exp.Literal):
                edit = Edit(context.places.span(node.expression), number)
            yield Remark(
                node, f"{money.column} is in {money.unit}: divide by {number} for currency.", edit
            )


RULE = Rule(
    code="money-divisor",
    severity="warning",
    what="A cost is divided by the other unit's number.",
    why=(
        "spend and the fees are microcents; total_cost, impression_cost and click_cost "
        "are millicents."
    ),
    wrong=("SELECT campaign, SUM(total_cost) / 100000000 AS cost FROM dsp_impressions GROUP BY 1"),
    right=("SELECT campaign, SUM(total_cost) / 100000 AS cost FROM dsp_impressions GROUP BY 1"),
    look=_look,
)
