"""CUSTOM_PARAMETER without a value."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Edit, Given, Remark, Rule, meant, near
from amc.sql.rules.shared import parameter_calls


def _look(context: Context) -> Iterator[Remark]:
    declared = context.parameters
    if declared is None:
        return
    for node, kind, name in parameter_calls(context):
        if kind != "CUSTOM_PARAMETER" or not name or name in declared:
            continue
        found = near(name, {d.lower(): d for d in declared})
        named = next((d for d in declared if d.lower() == found), None)
        edit = Edit(context.places.span(node.expressions[0]), f"'{named}'") if named else None
        yield Remark(node, f"The parameter '{name}' has no value.{meant(named)}", edit)


RULE = Rule(
    code="undeclared-parameter",
    severity="error",
    what="The parameter has no value.",
    why=(
        "AMC refuses a run whose parameter is not declared, or has neither value nor "
        "default. Names are case-sensitive."
    ),
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign = "
        "CUSTOM_PARAMETER('Campaign') GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign = "
        "CUSTOM_PARAMETER('campaign') GROUP BY 1"
    ),
    look=_look,
    given=Given(parameters={"campaign": "STRING"}),
)
