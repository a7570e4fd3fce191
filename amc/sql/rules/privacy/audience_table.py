"""A table for audiences in an analytics query."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import table_edit, table_place


def _look(context: Context) -> Iterator[Remark]:
    if context.audience:
        return
    for node, name, table in context.analysis.tables:
        if table is not None and table.audience_of:
            yield Remark(
                table_place(node),
                f"'{name}' is for audience queries only: read '{table.audience_of}'.",
                table_edit(context, node, table.audience_of),
            )


RULE = Rule(
    code="audience-table",
    severity="error",
    what="A table for audiences in a query that gives no audience.",
    why=("The _for_audiences twins serve audience queries only, which give out user_id."),
    wrong="SELECT campaign, SUM(clicks) AS n FROM dsp_clicks_for_audiences GROUP BY 1",
    right="SELECT campaign, SUM(clicks) AS n FROM dsp_clicks GROUP BY 1",
    look=_look,
)
