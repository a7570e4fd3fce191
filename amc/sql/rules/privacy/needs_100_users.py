"""A column that shows for 100 users and more only."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import is_star


def _look(context: Context) -> Iterator[Remark]:
    if context.audience:
        return
    for level in context.analysis.top_levels():
        for output in level.outputs:
            if output.threshold in ("MEDIUM", "HIGH") and not is_star(output.node):
                hour = ""
                column = output.column
                if column is not None and "_dt" in column.name and not column.name.endswith("hour"):
                    hour = " A date or an hour in its place needs 2."
                yield Remark(
                    output.node,
                    f"'{output.name}' is {output.threshold}: rows with fewer than 100 users "
                    "are left "
                    f"out of the result.{hour}",
                )


RULE = Rule(
    code="needs-100-users",
    severity="hint",
    what="Rows with fewer than 100 users are hidden.",
    why=(
        "MEDIUM and HIGH columns show only for groups of 100 users and more; exact times "
        "make nearly every row smaller than that."
    ),
    wrong=("SELECT impression_dt_utc, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"),
    right=("SELECT impression_dt_hour_utc, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"),
    look=_look,
)
