"""A column in the result that AMC never shows."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import is_star

_NEVER = ("VERY_HIGH", "INTERNAL")


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.top_levels():
        for output in level.outputs:
            if output.threshold not in _NEVER or is_star(output.node):
                continue
            if context.audience and (output.name == "user_id" or output.fact.user):
                continue
            yield Remark(
                output.node,
                f"'{output.name}' is {output.threshold} and may never be shown: leave it out, or "
                "count it with COUNT(DISTINCT …).",
            )


RULE = Rule(
    code="private-output",
    severity="error",
    what="The column may never be shown.",
    why=(
        "VERY_HIGH and INTERNAL columns would tell single users apart; that holds for "
        "everything made from them, except counts."
    ),
    wrong=("SELECT user_id, SUM(impressions) AS impressions FROM dsp_impressions GROUP BY 1"),
    right=("SELECT campaign, COUNT(DISTINCT user_id) AS users FROM dsp_impressions GROUP BY 1"),
    look=_look,
)
