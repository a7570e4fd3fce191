"""FILTER (WHERE …) after an aggregate."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Filter):
        yield Remark(
            context.places.keyword(node.expression, "FILTER", whole=True),
            "AMC documents no FILTER: write SUM(IF(condition, x, 0)) or COUNT(DISTINCT "
            "IF(condition, "
            "x, NULL)).",
        )


RULE = Rule(
    code="filter-clause",
    severity="error",
    what="FILTER (WHERE …) is not supported.",
    why="AMC documents aggregates without it.",
    wrong=(
        "SELECT campaign, SUM(impressions) FILTER (WHERE device_type = 'TV') AS tv FROM "
        "dsp_impressions GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(IF(device_type = 'TV', impressions, 0)) AS tv FROM "
        "dsp_impressions GROUP BY 1"
    ),
    look=_look,
)
