"""NATURAL JOIN."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import join_words


def _look(context: Context) -> Iterator[Remark]:
    for join in context.analysis.of(exp.Join):
        if str(join.method).upper() == "NATURAL":
            yield Remark(
                join_words(context, join, "NATURAL"),
                "AMC documents no NATURAL JOIN: write JOIN … ON.",
            )


RULE = Rule(
    code="natural-join",
    severity="error",
    what="NATURAL JOIN is not supported.",
    why=(
        "AMC documents INNER, LEFT, FULL and CROSS JOIN only; a natural join would take "
        "every shared column."
    ),
    wrong=(
        "WITH a AS (SELECT user_id, SUM(impressions) AS n FROM dsp_impressions GROUP BY "
        "1), b AS (SELECT user_id, SUM(clicks) AS m FROM dsp_clicks GROUP BY 1) SELECT "
        "SUM(n) AS n, SUM(m) AS m FROM a NATURAL JOIN b"
    ),
    right=(
        "WITH a AS (SELECT user_id, SUM(impressions) AS n FROM dsp_impressions GROUP BY "
        "1), b AS (SELECT user_id, SUM(clicks) AS m FROM dsp_clicks GROUP BY 1) SELECT "
        "SUM(n) AS n, SUM(m) AS m FROM a JOIN b ON a.user_id = b.user_id"
    ),
    look=_look,
)
