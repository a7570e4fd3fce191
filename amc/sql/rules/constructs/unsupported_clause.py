"""QUALIFY, PIVOT, LATERAL, TABLESAMPLE, DISTINCT ON."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    node: exp.Expr
    places, analysis = context.places, context.analysis
    for level in analysis.levels:
        qualify = level.node.args.get("qualify")
        if qualify is not None:
            yield Remark(
                places.keyword(qualify, "QUALIFY", whole=True),
                "AMC has no QUALIFY: rank in a CTE and filter the rank in the next SELECT.",
            )
    for node in analysis.of(exp.Pivot):
        word = "UNPIVOT" if node.args.get("unpivot") else "PIVOT"
        yield Remark(
            places.keyword(node, word),
            f"AMC has no {word}: write SUM(IF(condition, x, 0)) AS name.",
        )
    for node in analysis.of(exp.Lateral):
        yield Remark(places.keyword(node, "LATERAL"), "AMC has no LATERAL: join a CTE.")
    for node in analysis.of(exp.TableSample):
        yield Remark(
            places.keyword(node, "TABLESAMPLE"),
            "AMC has no TABLESAMPLE: filter with RANDOM() < 0.1 in a CTE.",
        )
    for node in analysis.of(exp.Distinct):
        if node.args.get("on") is not None:
            yield Remark(node, "AMC has no DISTINCT ON: rank in a CTE and keep rank 1.")


RULE = Rule(
    code="unsupported-clause",
    severity="error",
    what="The clause is not part of AMC SQL.",
    why="Amazon's grammar ends with WHERE, GROUP BY, HAVING and WINDOW.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1 QUALIFY "
        "RANK() OVER (ORDER BY SUM(impressions) DESC) <= 10"
    ),
    right=(
        "WITH ranked AS (SELECT campaign, SUM(impressions) AS n, RANK() OVER (ORDER BY "
        "SUM(impressions) DESC) AS place FROM dsp_impressions GROUP BY campaign) SELECT "
        "campaign, n FROM ranked WHERE place <= 10"
    ),
    look=_look,
)
