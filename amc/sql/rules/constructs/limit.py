"""LIMIT, OFFSET and FETCH."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Limit, exp.Fetch, exp.Offset):
        word = {"limit": "LIMIT", "fetch": "FETCH", "offset": "OFFSET"}[node.key]
        yield Remark(
            context.places.keyword(node, word, whole=True),
            f"AMC has no {word}: rank the rows in a CTE and keep those with a low rank.",
        )


RULE = Rule(
    code="limit",
    severity="error",
    what="LIMIT is not supported.",
    why=(
        "AMC documents it as unsupported; take the first rows by RANK() or ROW_NUMBER() in a CTE."
    ),
    wrong=("SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1 LIMIT 10"),
    right=(
        "WITH ranked AS (SELECT campaign, SUM(impressions) AS n, RANK() OVER (ORDER BY "
        "SUM(impressions) DESC) AS place FROM dsp_impressions GROUP BY campaign) SELECT "
        "campaign, n FROM ranked WHERE place <= 10"
    ),
    look=_look,
)
