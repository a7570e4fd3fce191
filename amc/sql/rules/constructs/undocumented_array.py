"""UNNEST, element access, field access."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.nodes import (
    call_name,
)
from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    node: exp.Expr
    for node in context.analysis.of(exp.Unnest, exp.Anonymous):
        if call_name(node) == "UNNEST" or isinstance(node, exp.Unnest):
            yield Remark(node, "AMC documents no UNNEST: EXPLODE(array) gives a row per element.")
    for node in context.analysis.of(exp.Bracket):
        yield Remark(node, "AMC documents no access to single elements of an array.")
    for node in context.analysis.of(exp.Dot):
        yield Remark(node, "AMC documents no access to single fields of a row.")
    for use in context.analysis.columns:
        if use.output is None and use.node.table and use.certain:
            name = use.node.table.lower()
            known = use.level.sources
            if any(s.column(name) for s in known) and not any(s.alias == name for s in known):
                yield Remark(use.node, "AMC documents no access to single fields of a row.")


RULE = Rule(
    code="undocumented-array",
    severity="warning",
    what="Elements and fields are taken out in a way that AMC does not document.",
    why="UNNEST, array[1] and row.field appear in none of Amazon's queries.",
    wrong=(
        "WITH t AS (SELECT user_id, COLLECT(campaign) AS seen FROM dsp_impressions GROUP "
        "BY 1) SELECT seen[1] AS first_seen, COUNT(DISTINCT user_id) AS users FROM t "
        "GROUP BY 1"
    ),
    right=(
        "WITH t AS (SELECT user_id, COLLECT(campaign) AS seen FROM dsp_impressions GROUP "
        "BY 1) SELECT seen AS path, COUNT(DISTINCT user_id) AS users FROM t GROUP BY 1"
    ),
    look=_look,
)
