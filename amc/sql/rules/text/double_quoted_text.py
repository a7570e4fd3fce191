"""A text in double quotes."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Edit, Remark, Rule
from amc.sql.rules.shared import is_quoted, names_a_text


def _look(context: Context) -> Iterator[Remark]:
    if '"' not in context.places.sql:
        return
    for use in context.analysis.columns:
        if use.output is not None or use.node.table or not is_quoted(use.node):
            continue
        if use.node.name.lower() in use.level.aliases or not use.certain or names_a_text(use.node):
            continue
        text = use.node.name.replace("'", "''")
        span = context.places.span(use.node)
        yield Remark(
            span,
            f'"{use.node.name}" is read as a column: texts stand in single quotes.',
            Edit(span, f"'{text}'"),
        )


RULE = Rule(
    code="double-quoted-text",
    severity="error",
    what="A text stands in double quotes.",
    why="Double quotes are for names; AMC answers that there is no such column.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE device_type = "
        '"TV" GROUP BY 1'
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE device_type = "
        "'TV' GROUP BY 1"
    ),
    look=_look,
)
