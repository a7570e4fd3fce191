"""UNION of SELECTs with different numbers of columns."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import first_item, is_star


def _look(context: Context) -> Iterator[Remark]:
    for node, left, right in context.analysis.unions:
        if not left or not right or _starred(node):
            continue
        if len(left) != len(right):
            yield Remark(
                context.places.keyword(first_item(node.right), "SELECT"),
                f"This SELECT gives {len(right)} columns, the one before it {len(left)}.",
            )


def _starred(node: exp.SetOperation) -> bool:
    sides = (node.left, node.right)
    return any(is_star(i) for s in sides for i in getattr(s, "selects", []))


RULE = Rule(
    code="union-columns",
    severity="error",
    what="The sides of a UNION have different numbers of columns.",
    why="AMC answers: Column count mismatch in UNION.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1 UNION "
        "ALL SELECT campaign FROM sponsored_ads_traffic GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1 UNION "
        "ALL SELECT campaign, SUM(impressions) AS n FROM sponsored_ads_traffic GROUP BY 1"
    ),
    look=_look,
)
