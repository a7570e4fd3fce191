"""An alias used in the SELECT that makes it."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import is_quoted, window_aliases


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        if not all(s.known for s in level.sources):
            continue
        ranked = window_aliases(level)
        for use in level.uses:
            if use.output is not None or use.node.table or is_quoted(use.node):
                continue
            if use.clause == "where" and use.node.name.lower() in ranked:
                continue  # window-in-filter says more
            if use.node.name.lower() in level.aliases and use.clause in ("select", "where", "on"):
                word = {"select": "SELECT list", "where": "WHERE", "on": "ON"}[use.clause]
                yield Remark(
                    use.node,
                    f"'{use.node.name}' is an alias of this SELECT and not known in its "
                    f"{word} yet: "
                    "repeat the expression, or make it in a CTE.",
                )


RULE = Rule(
    code="alias-reuse",
    severity="error",
    what="An alias is used in the same SELECT list, WHERE or ON.",
    why=("None of Amazon's queries does it; aliases are known to GROUP BY and HAVING only."),
    wrong=(
        "SELECT SUM(clicks) AS clicks_sum, SUM(impressions) AS views, clicks_sum / 2 AS "
        "half FROM sponsored_ads_traffic"
    ),
    right=(
        "SELECT SUM(clicks) AS clicks_sum, SUM(impressions) AS views, SUM(clicks) / 2 AS "
        "half FROM sponsored_ads_traffic"
    ),
    look=_look,
)
