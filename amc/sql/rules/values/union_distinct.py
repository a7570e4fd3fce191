"""UNION where UNION ALL is probably meant."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Edit, Remark, Rule
from amc.sql.rules.shared import first_item


def _look(context: Context) -> Iterator[Remark]:
    for node, outputs, _ in context.analysis.unions:
        if not (isinstance(node, exp.Union) and node.args.get("distinct")):
            continue
        # Of names and ids without a figure every one is wanted once.
        if not any(o.fact.type.is_number for o in outputs):
            continue
        first = context.places.span(first_item(node.right))[0]
        token = context.places.token_before(first)
        while token is not None and token.upper != "UNION":
            token = context.places.token_before(token.start)
        if token is None:
            continue
        after = context.places.token_at(token.end)
        end = after.end if after is not None and after.upper == "DISTINCT" else token.end
        if end != token.end:
            continue
        yield Remark(
            (token.start, end),
            "UNION drops equal rows: two equal events count once. Write UNION ALL to keep them.",
            Edit((token.start, end), "UNION ALL"),
        )


RULE = Rule(
    code="union-distinct",
    severity="hint",
    what="UNION drops rows that are equal.",
    why=(
        "Sums over a UNION of events come out too small; UNION ALL keeps every row and is faster."
    ),
    wrong=(
        "WITH t AS (SELECT campaign, impressions FROM dsp_impressions UNION SELECT "
        "campaign, impressions FROM sponsored_ads_traffic) SELECT campaign, "
        "SUM(impressions) AS n FROM t GROUP BY 1"
    ),
    right=(
        "WITH t AS (SELECT campaign, impressions FROM dsp_impressions UNION ALL SELECT "
        "campaign, impressions FROM sponsored_ads_traffic) SELECT campaign, "
        "SUM(impressions) AS n FROM t GROUP BY 1"
    ),
    look=_look,
)
