"""An audience query that does not give out user_id."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Given, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    outputs = context.analysis.outputs
    if not context.audience or not outputs or any(o.name == "user_id" for o in outputs):
        return
    level = next(context.analysis.top_levels(), None)
    if level is not None and level.node.expressions and all(s.known for s in level.sources):
        yield Remark(
            context.places.keyword(level.node.expressions[0], "SELECT"),
            "An audience query gives out user_id: SELECT DISTINCT user_id …",
        )


RULE = Rule(
    code="audience-output",
    severity="error",
    what="The audience query does not select user_id.",
    why="The users of the audience are taken from this column.",
    wrong="SELECT campaign FROM dsp_clicks_for_audiences GROUP BY 1",
    right="SELECT user_id FROM dsp_clicks_for_audiences GROUP BY 1",
    look=_look,
    given=Given(audience=True),
)
