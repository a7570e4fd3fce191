"""COLLECT of something computed."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.nodes import (
    AmcAggregate,
    call_args,
    call_name,
)
from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import bare


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(AmcAggregate):
        if node.name != "COLLECT":
            continue
        for argument in call_args(node):
            inner = bare(argument)
            if isinstance(inner, exp.Column | exp.Literal):
                continue
            if isinstance(inner, exp.Func) and call_name(inner) in ("NAMED_ROW", "CAST"):
                continue
            yield Remark(
                argument, "AMC may refuse to collect something computed: compute it in a CTE first."
            )


RULE = Rule(
    code="collect-computed",
    severity="warning",
    what="COLLECT gets a computed argument.",
    why="Those who ran it report that only columns and NAMED_ROW were accepted.",
    wrong=(
        "WITH t AS (SELECT user_id, COLLECT(UPPER(campaign)) AS seen FROM "
        "dsp_impressions GROUP BY 1) SELECT seen AS path, COUNT(DISTINCT user_id) AS "
        "users FROM t GROUP BY 1"
    ),
    right=(
        "WITH n AS (SELECT user_id, UPPER(campaign) AS name FROM dsp_impressions), t AS "
        "(SELECT user_id, COLLECT(name) AS seen FROM n GROUP BY 1) SELECT seen AS path, "
        "COUNT(DISTINCT user_id) AS users FROM t GROUP BY 1"
    ),
    look=_look,
)
