"""Aggregates that AMC does not have."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.nodes import (
    call_args,
    call_name,
)
from amc.sql.rules.base import Context, Edit, Remark, Rule

_ADVICE = {
    "STRING_AGG": "write ARRAY_TO_STRING(COLLECT(x), ', ')",
    "LISTAGG": "write ARRAY_TO_STRING(COLLECT(x), ', ')",
    "GROUP_CONCAT": "write ARRAY_TO_STRING(COLLECT(x), ', ')",
    "ANY_VALUE": "write MAX(x)",
    "COUNT_IF": "write SUM(IF(condition, 1, 0))",
    "COUNTIF": "write SUM(IF(condition, 1, 0))",
    "PERCENTILE_CONT": "write PERCENTILE(x, 0.5)",
    "PERCENTILE_DISC": "write APPROX_PERCENTILE(x, 0.5)",
    "MODE": "rank the counts in a CTE",
}


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Func):
        name = call_name(node)
        if name not in _ADVICE or not isinstance(node, exp.Anonymous | exp.GroupConcat):
            continue
        edit = None
        args = [context.places.source(a) for a in call_args(node)]
        if name == "ANY_VALUE" and len(args) == 1:
            edit = Edit(context.places.span(node), f"MAX({args[0]})")
        elif name in ("COUNT_IF", "COUNTIF") and len(args) == 1:
            edit = Edit(context.places.span(node), f"SUM(IF({args[0]}, 1, 0))")
        yield Remark(node, f"AMC documents no {name}: {_ADVICE[name]}.", edit)


RULE = Rule(
    code="unsupported-aggregate",
    severity="error",
    what="The aggregate is not documented for AMC.",
    why=("AMC's aggregates are SUM, AVG, MIN, MAX, COUNT, COLLECT and the statistical ones."),
    wrong=(
        "SELECT campaign_id, ANY_VALUE(campaign) AS campaign, SUM(impressions) AS n FROM "
        "dsp_impressions GROUP BY 1"
    ),
    right=(
        "SELECT campaign_id, MAX(campaign) AS campaign, SUM(impressions) AS n FROM "
        "dsp_impressions GROUP BY 1"
    ),
    look=_look,
)
