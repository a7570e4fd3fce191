"""EXTEND_TIME_WINDOW without TABLE( ) around it."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Edit, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for _, extended in context.analysis.extended:
        if not extended.wrapped:
            span = context.places.span(extended.node)
            source = context.places.sql[span[0] : span[1]]
            yield Remark(
                span,
                "Write TABLE( ) around EXTEND_TIME_WINDOW, as Amazon always does.",
                Edit(span, f"TABLE({source})"),
            )


RULE = Rule(
    code="extend-without-table",
    severity="warning",
    what="TABLE( ) is missing.",
    why=("The grammar prints the bare form, but every working query of Amazon's writes TABLE( )."),
    wrong=(
        "SELECT campaign, SUM(clicks) AS n FROM EXTEND_TIME_WINDOW('dsp_clicks', 'P28D', "
        "'P0D') GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(clicks) AS n FROM TABLE(EXTEND_TIME_WINDOW('dsp_clicks', "
        "'P28D', 'P0D')) GROUP BY 1"
    ),
    look=_look,
)
