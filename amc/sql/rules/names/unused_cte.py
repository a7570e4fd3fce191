"""A WITH part that nothing reads."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for cte, _ in context.analysis.ctes:
        if cte.alias.lower() not in context.analysis.cte_reads:
            yield Remark(cte.args["alias"], f"Nothing reads '{cte.alias}'.")


RULE = Rule(
    code="unused-cte",
    severity="hint",
    what="A part of the WITH is not used.",
    why="It costs nothing but attention, and may be a forgotten join.",
    wrong=(
        "WITH clicks AS (SELECT campaign FROM dsp_clicks GROUP BY 1) SELECT campaign, "
        "SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"
    ),
    right="SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1",
    look=_look,
)
