"""A table under the name that it had years ago."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Edit, Remark, Rule, written
from amc.sql.rules.foreign import is_old_table, new_table_name
from amc.sql.rules.shared import table_text


def _look(context: Context) -> Iterator[Remark]:
    for node, name, table in context.analysis.tables:
        if table is not None or not name or not is_old_table(name.lower()):
            continue
        place = node.this if isinstance(node.this, exp.Identifier) else table_text(node)
        renamed = new_table_name(name.lower())
        if renamed is None:
            yield Remark(place, f"AMC has no '{name}' any more; nothing replaces it.")
            continue
        edit = written(context, place, renamed)
        if isinstance(place, exp.Literal):
            edit = Edit(context.places.span(place), f"'{renamed}'")
        yield Remark(place, f"'{name}' is called '{renamed}' now.", edit)


RULE = Rule(
    code="old-table-name",
    severity="error",
    what="The table has another name now.",
    why=(
        "Queries of earlier years circulate; Amazon renamed display_ to dsp_ and put the "
        "sponsored tables together."
    ),
    wrong=(
        "SELECT campaign, SUM(impressions) AS impressions FROM display_impressions GROUP "
        "BY campaign"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS impressions FROM dsp_impressions GROUP BY campaign"
    ),
    look=_look,
)
