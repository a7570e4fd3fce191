"""ARRAY_AGG."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.nodes import (
    call_name,
)
from amc.sql.rules.base import Context, Edit, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Anonymous, exp.ArrayAgg):
        if call_name(node) == "ARRAY_AGG":
            start, _ = context.places.span(node)
            edit = Edit((start, start + len("ARRAY_AGG")), "COLLECT")
            yield Remark(node, "AMC's aggregate for lists is COLLECT.", edit)


RULE = Rule(
    code="array-agg",
    severity="warning",
    what="ARRAY_AGG is not documented.",
    why="Lists are made with COLLECT in all of Amazon's queries.",
    wrong=(
        "WITH t AS (SELECT user_id, ARRAY_AGG(DISTINCT campaign) AS seen FROM "
        "dsp_impressions GROUP BY 1) SELECT CARDINALITY(seen) AS n, COUNT(DISTINCT "
        "user_id) AS users FROM t GROUP BY 1"
    ),
    right=(
        "WITH t AS (SELECT user_id, COLLECT(DISTINCT campaign) AS seen FROM "
        "dsp_impressions GROUP BY 1) SELECT CARDINALITY(seen) AS n, COUNT(DISTINCT "
        "user_id) AS users FROM t GROUP BY 1"
    ),
    look=_look,
)
