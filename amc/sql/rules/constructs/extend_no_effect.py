"""EXTEND_TIME_WINDOW over something that no window cuts."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import table_text


def _look(context: Context) -> Iterator[Remark]:
    ctes = {cte.alias.lower() for cte, _ in context.analysis.ctes}
    for node, extended in context.analysis.extended:
        name = (extended.table or "").lower()
        table = context.analysis.catalog.table(name) if name else None
        if table is None and name in ctes:
            yield Remark(table_text(node), f"'{extended.table}' is a part of this query, no table.")
        elif table is not None and table.known and table.kind == "DIMENSION":
            yield Remark(
                table_text(node), f"'{extended.table}' is not cut to the window: read it plainly."
            )


RULE = Rule(
    code="extend-no-effect",
    severity="warning",
    what="The window of this source cannot be extended.",
    why=(
        "Only fact tables are cut to the window; lists of segments show the latest "
        "state, and a WITH part has read its tables already."
    ),
    wrong=(
        "SELECT segment_name, COUNT(DISTINCT user_id) AS users FROM "
        "TABLE(EXTEND_TIME_WINDOW('audience_segments_amer_inmarket', 'P28D', 'P0D')) "
        "GROUP BY 1"
    ),
    right=(
        "SELECT segment_name, COUNT(DISTINCT user_id) AS users FROM "
        "audience_segments_amer_inmarket GROUP BY 1"
    ),
    look=_look,
)
