"""Columns of a UNION that differ in type."""

from collections.abc import Iterator

from amc.sql.inference import family
from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for _, left, right in context.analysis.unions:
        if len(left) != len(right):
            continue
        for ours, theirs in zip(left, right, strict=True):
            a, b = family(ours.fact.type), family(theirs.fact.type)
            if a and b and a != b:
                yield Remark(
                    theirs.node,
                    f"'{ours.name}' is {ours.fact.type.name} above and "
                    f"{theirs.fact.type.name} here: "
                    "CAST one of them.",
                )


RULE = Rule(
    code="union-types",
    severity="warning",
    what="A column of a UNION has another type in a later SELECT.",
    why="The sides of a UNION need the same types; a NULL fits everywhere.",
    wrong=(
        "SELECT campaign_id AS id, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1 "
        "UNION ALL SELECT campaign_id_string AS id, SUM(impressions) AS n FROM "
        "sponsored_ads_traffic GROUP BY 1"
    ),
    right=(
        "SELECT campaign_id_string AS id, SUM(impressions) AS n FROM dsp_impressions "
        "GROUP BY 1 UNION ALL SELECT campaign_id_string AS id, SUM(impressions) AS n "
        "FROM sponsored_ads_traffic GROUP BY 1"
    ),
    look=_look,
)
