"""Two WITH parts under one name."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for with_ in context.analysis.of(exp.With):
        seen: set[str] = set()
        for cte in with_.expressions:
            name = cte.alias.lower()
            if name in seen:
                yield Remark(cte.args["alias"], f"'{cte.alias}' is defined twice in this WITH.")
            seen.add(name)


RULE = Rule(
    code="duplicate-cte",
    severity="error",
    what="Two parts of a WITH have the same name.",
    why="Which of the two is meant cannot be told.",
    wrong=(
        "WITH a AS (SELECT campaign FROM dsp_impressions GROUP BY 1), a AS (SELECT "
        "campaign FROM dsp_clicks GROUP BY 1) SELECT campaign FROM a GROUP BY 1"
    ),
    right=(
        "WITH a AS (SELECT campaign FROM dsp_impressions GROUP BY 1), b AS (SELECT "
        "campaign FROM dsp_clicks GROUP BY 1) SELECT a.campaign FROM a JOIN b ON "
        "a.campaign = b.campaign GROUP BY 1"
    ),
    look=_look,
)
