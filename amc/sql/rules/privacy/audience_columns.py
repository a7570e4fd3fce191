"""An audience query with more than user_id."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Given, Remark, Rule
from amc.sql.rules.shared import is_star


def _look(context: Context) -> Iterator[Remark]:
    if not context.audience:
        return
    level = next(context.analysis.top_levels(), None)
    if level is None or not any(o.name == "user_id" for o in level.outputs):
        return
    for output in level.outputs:
        if output.name != "user_id" and not is_star(output.node):
            yield Remark(output.node, f"An audience takes user_id only: leave out '{output.name}'.")


RULE = Rule(
    code="audience-columns",
    severity="warning",
    what="The audience query gives out more than user_id.",
    why=(
        "Whether AMC allows further columns is not documented; all of Amazon's audience "
        "queries select user_id alone."
    ),
    wrong="SELECT user_id, SUM(clicks) AS n FROM dsp_clicks_for_audiences GROUP BY 1",
    right="SELECT user_id FROM dsp_clicks_for_audiences GROUP BY 1",
    look=_look,
    given=Given(audience=True),
)
