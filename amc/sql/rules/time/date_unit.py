"""A unit that DATE_TRUNC or EXTRACT does not have."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.nodes import (
    AmcFunction,
)
from amc.sql.rules.base import Context, Edit, Remark, Rule, near

_TRUNC = ("SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
_EXTRACT = ("SECOND", "MINUTE", "HOUR", "DAY", "DOW", "WEEK", "MONTH", "YEAR", "QUARTER", "DOY")


def _look(context: Context) -> Iterator[Remark]:
    node: exp.Expr
    for node in context.analysis.of(AmcFunction):
        if node.name != "DATE_TRUNC" or not node.expressions:
            continue
        unit = node.expressions[0]
        if isinstance(unit, exp.Literal) and unit.is_string:
            said = str(unit.this).upper()
            if said not in _TRUNC:
                found = near(said, [u.lower() for u in _TRUNC])
                edit = Edit(context.places.span(unit), f"'{found.upper()}'") if found else None
                yield Remark(
                    unit, f"DATE_TRUNC has no unit '{unit.this}': {', '.join(_TRUNC)}.", edit
                )
        elif isinstance(unit, exp.Column) and unit.name.upper() in _TRUNC and not unit.table:
            edit = Edit(context.places.span(unit), f"'{unit.name.upper()}'")
            yield Remark(unit, "The unit of DATE_TRUNC is a text: put it in quotes.", edit)
    for node in context.analysis.of(exp.Extract):
        said = node.this.name.upper()
        if said and said not in _EXTRACT:
            yield Remark(node, f"EXTRACT has no unit {said}: {', '.join(_EXTRACT[:8])}.")


RULE = Rule(
    code="date-unit",
    severity="error",
    what="The unit of a date function is unknown.",
    why=("DATE_TRUNC takes SECOND to YEAR in quotes, EXTRACT the same (and DOW) without."),
    wrong=(
        "SELECT DATE_TRUNC('days', impression_dt_utc) AS day, SUM(impressions) AS n FROM "
        "dsp_impressions GROUP BY 1"
    ),
    right=(
        "SELECT DATE_TRUNC('DAY', impression_dt_utc) AS day, SUM(impressions) AS n FROM "
        "dsp_impressions GROUP BY 1"
    ),
    look=_look,
)
