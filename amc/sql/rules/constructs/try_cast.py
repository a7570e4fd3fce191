"""TRY_CAST and SAFE_CAST."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Edit, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.TryCast):
        start, _ = context.places.span(node)
        word = context.places.token_at(start)
        if word is not None and word.upper.endswith("_CAST"):
            edit = Edit((word.start, word.end), "CAST")
            yield Remark(node, f"AMC has no {word.upper}: write CAST.", edit)


RULE = Rule(
    code="try-cast",
    severity="error",
    what="TRY_CAST and SAFE_CAST are not supported.",
    why="AMC documents CAST only.",
    wrong=(
        "SELECT TRY_CAST(campaign_id_string AS DOUBLE) AS id, SUM(impressions) AS n FROM "
        "dsp_impressions GROUP BY 1"
    ),
    right=(
        "SELECT CAST(campaign_id_string AS DOUBLE) AS id, SUM(impressions) AS n FROM "
        "dsp_impressions GROUP BY 1"
    ),
    look=_look,
)
