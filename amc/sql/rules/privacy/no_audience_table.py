"""A table without a twin for audiences in an audience query."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Given, Remark, Rule
from amc.sql.rules.shared import table_place


def _look(context: Context) -> Iterator[Remark]:
    if not context.audience:
        return
    for node, name, table in context.analysis.tables:
        if table is None or not table.known or table.audience_of or table.audience_table:
            continue
        yield Remark(table_place(node), f"'{name}' has no table for audiences.")


RULE = Rule(
    code="no-audience-table",
    severity="warning",
    what="The table cannot be used for audiences.",
    why="Amazon lists no _for_audiences twin of it.",
    wrong="SELECT DISTINCT user_id FROM ncs_cpg_insights_stream",
    right="SELECT DISTINCT user_id FROM dsp_clicks_for_audiences",
    look=_look,
    given=Given(audience=True),
)
