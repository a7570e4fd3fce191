"""NAMED_ROW without pairs of label and value."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.nodes import (
    AmcFunction,
)
from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(AmcFunction):
        if node.name != "NAMED_ROW":
            continue
        args = node.expressions
        if len(args) % 2:
            yield Remark(node, "NAMED_ROW takes pairs: a label, its value, and so on.")
            continue
        for label in args[::2]:
            if not (isinstance(label, exp.Literal) and label.is_string):
                yield Remark(label, "This label of NAMED_ROW is no text: write 'name', value.")


RULE = Rule(
    code="named-row",
    severity="error",
    what="NAMED_ROW is written wrongly.",
    why="It takes a label in quotes before each value.",
    wrong=(
        "WITH t AS (SELECT user_id, COLLECT(NAMED_ROW('campaign', campaign, 'site')) AS "
        "seen FROM dsp_impressions GROUP BY 1) SELECT seen AS path, COUNT(DISTINCT "
        "user_id) AS users FROM t GROUP BY 1"
    ),
    right=(
        "WITH t AS (SELECT user_id, COLLECT(NAMED_ROW('campaign', campaign, 'site', "
        "site)) AS seen FROM dsp_impressions GROUP BY 1) SELECT seen AS path, "
        "COUNT(DISTINCT user_id) AS users FROM t GROUP BY 1"
    ),
    look=_look,
)
