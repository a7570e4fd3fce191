"""A table that neither AMC nor the query has."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Edit, Remark, Rule, meant, near, written
from amc.sql.rules.foreign import is_old_table
from amc.sql.rules.shared import table_text

# Tables that Amazon names without listing their columns.
_COLUMNS_UNKNOWN = {"foursquare_visits"}


def _look(context: Context) -> Iterator[Remark]:
    catalog = context.analysis.catalog
    for node, name, table in context.analysis.tables:
        lowered = name.lower()
        if table is not None or not name or node.db or lowered in _COLUMNS_UNKNOWN:
            continue
        if is_old_table(lowered):
            continue
        ctes = [cte.alias.lower() for cte, _ in context.analysis.ctes]
        place = node.this if isinstance(node.this, exp.Identifier) else table_text(node)
        if lowered in ctes:
            yield Remark(place, f"'{name}' comes later, or in another WITH: move it up.")
            continue
        found = near(name, [*catalog.names, *ctes])
        edit = written(context, place, found) if found else None
        if found and isinstance(place, exp.Literal):
            edit = Edit(context.places.span(place), f"'{found}'")
        yield Remark(place, f"There is no table '{name}'.{meant(found)}", edit)


RULE = Rule(
    code="unknown-table",
    severity="error",
    what="The table does not exist.",
    why=(
        "AMC refuses the whole query: Object '…' not found. Names of uploaded tables are "
        "known once an instance is chosen."
    ),
    wrong=(
        "SELECT campaign, SUM(impressions) AS impressions FROM dsp_impresions GROUP BY campaign"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS impressions FROM dsp_impressions GROUP BY campaign"
    ),
    look=_look,
)
