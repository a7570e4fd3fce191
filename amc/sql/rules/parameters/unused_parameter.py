"""A declared parameter that the query does not use."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Given, Remark, Rule
from amc.sql.rules.shared import parameter_calls


def _look(context: Context) -> Iterator[Remark]:
    if context.parameters is None:
        return
    used = {name for _, kind, name in parameter_calls(context) if kind == "CUSTOM_PARAMETER"}
    lowered = {name.lower() for name in used - set(context.parameters)}
    for name in context.parameters:
        if name not in used and name.lower() not in lowered:
            yield Remark(
                (0, 1), f"The parameter '{name}' is declared, and the query does not use it."
            )


RULE = Rule(
    code="unused-parameter",
    severity="error",
    what="A parameter is declared and not used.",
    why="Its value changes nothing, which is seldom what was meant.",
    wrong="SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1",
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign = "
        "CUSTOM_PARAMETER('campaign') GROUP BY 1"
    ),
    look=_look,
    given=Given(parameters={"campaign": "STRING"}),
)
