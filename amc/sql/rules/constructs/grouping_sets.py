"""GROUPING SETS, ROLLUP, CUBE."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Rollup, exp.Cube, exp.GroupingSets):
        word = {"rollup": "ROLLUP", "cube": "CUBE"}.get(node.key, "GROUPING SETS")
        yield Remark(
            context.places.keyword(node, word.partition(" ")[0], whole=True),
            f"AMC documents no {word}: add the totals as a second SELECT with UNION ALL.",
        )


RULE = Rule(
    code="grouping-sets",
    severity="error",
    what="ROLLUP, CUBE and GROUPING SETS are not supported.",
    why="Amazon's grammar knows a plain GROUP BY only.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY ROLLUP (campaign)"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY campaign "
        "UNION ALL SELECT 'all' AS campaign, SUM(impressions) AS n FROM dsp_impressions"
    ),
    look=_look,
)
