"""A table for analytics in an audience query."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Given, Remark, Rule
from amc.sql.rules.shared import table_edit, table_place


def _look(context: Context) -> Iterator[Remark]:
    if not context.audience:
        return
    for node, name, table in context.analysis.tables:
        if table is not None and table.audience_table:
            yield Remark(
                table_place(node),
                f"An audience query reads '{table.audience_table}' in place of '{name}'.",
                table_edit(context, node, table.audience_table),
            )


RULE = Rule(
    code="analytics-table",
    severity="error",
    what="An audience query reads a table for analytics.",
    why=(
        "AMC answers: Invalid tables in the SQL query: Use audience-specific tables in the query."
    ),
    wrong="SELECT DISTINCT user_id FROM dsp_clicks",
    right="SELECT DISTINCT user_id FROM dsp_clicks_for_audiences",
    look=_look,
    given=Given(audience=True),
)
