"""CUSTOM_PARAMETER without a name in quotes."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Edit, Remark, Rule
from amc.sql.rules.shared import parameter_calls


def _look(context: Context) -> Iterator[Remark]:
    for node, kind, name in parameter_calls(context):
        if kind != "CUSTOM_PARAMETER" or name or not node.expressions:
            continue
        first = node.expressions[0]
        edit = None
        if isinstance(first, exp.Column) and not first.table:
            edit = Edit(context.places.span(first), f"'{first.name}'")
        yield Remark(node, "The name of a parameter is a text: CUSTOM_PARAMETER('name').", edit)


RULE = Rule(
    code="parameter-name",
    severity="error",
    what="The parameter's name is no text.",
    why="AMC reads the name when it prepares the query; it cannot be computed.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign = "
        'CUSTOM_PARAMETER("campaign_name") GROUP BY 1'
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign = "
        "CUSTOM_PARAMETER('campaign_name') GROUP BY 1"
    ),
    look=_look,
)
