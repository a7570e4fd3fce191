"""A window function in WHERE or HAVING."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        for node, clause in level.windows:
            if clause in ("where", "having", "on"):
                yield Remark(
                    node,
                    f"A window result cannot be filtered in the same SELECT ({clause.upper()}): "
                    "make it in a CTE and filter it in the next SELECT.",
                )
        ranked = {
            a for a, n in level.aliases.items() if any(_within(w, n) for w, _ in level.windows)
        }
        for use in level.uses if ranked else ():
            if use.clause == "having" and use.output is None and use.node.name.lower() in ranked:
                yield Remark(
                    use.node,
                    f"'{use.node.name}' is a window result: filter it in the next SELECT.",
                )


def _within(window: exp.Expr, node: exp.Expr) -> bool:
    part: exp.Expr | None = window
    while part is not None and not isinstance(part, exp.Query):
        if part is node:
            return True
        part = part.parent
    return False


RULE = Rule(
    code="window-in-filter",
    severity="error",
    what="A window result is filtered in its own SELECT.",
    why=("Windows are computed after WHERE and HAVING; Amazon's guide says to wrap the query."),
    wrong=(
        "SELECT campaign, SUM(impressions) AS n, RANK() OVER (ORDER BY SUM(impressions) "
        "DESC) AS place FROM dsp_impressions GROUP BY campaign HAVING place <= 10"
    ),
    right=(
        "WITH t AS (SELECT campaign, SUM(impressions) AS n, RANK() OVER (ORDER BY "
        "SUM(impressions) DESC) AS place FROM dsp_impressions GROUP BY campaign) SELECT "
        "campaign, n FROM t WHERE place <= 10"
    ),
    look=_look,
)
