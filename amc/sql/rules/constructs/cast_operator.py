"""x::type."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Edit, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    sql = context.places.sql
    if "::" not in sql:
        return
    for node in context.analysis.of(exp.Cast):
        end = context.places.span(node.this)[1]
        after = context.places.token_at(end)
        if after is None or after.text != "::" or isinstance(node.parent, exp.Cast):
            continue
        start, stop = context.places.span(node)
        value, kind = sql[start : context.places.span(node.this)[1]], sql[after.end : stop].strip()
        yield Remark(
            (start, stop),
            "AMC has no ::, write CAST(x AS type).",
            Edit((start, stop), f"CAST({value} AS {kind})"),
        )


RULE = Rule(
    code="cast-operator",
    severity="error",
    what=":: is not supported.",
    why="AMC documents CAST only.",
    wrong=(
        "SELECT campaign_id::VARCHAR AS id, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"
    ),
    right=(
        "SELECT CAST(campaign_id AS VARCHAR) AS id, SUM(impressions) AS n FROM "
        "dsp_impressions GROUP BY 1"
    ),
    look=_look,
)
