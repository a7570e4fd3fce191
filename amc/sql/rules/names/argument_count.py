"""A call with too few or too many arguments."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.functions import functions
from amc.sql.nodes import (
    call_args,
    call_name,
)
from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    known = functions()
    for node in context.analysis.of(exp.Func):
        if isinstance(node, exp.Anonymous | exp.Cast | exp.Case | exp.Connector | exp.Extract):
            continue
        spec = known.get(call_name(node))
        if spec is None or spec.kind == "table" or isinstance(node.parent, exp.Case):
            continue
        count = len(call_args(node))
        most = spec.max_args if spec.max_args is not None else count
        if not spec.min_args <= count <= most:
            word = "argument" if count == 1 else "arguments"
            yield Remark(
                node, f"{spec.name} has {count} {word} here; it is written {spec.signature}."
            )


RULE = Rule(
    code="argument-count",
    severity="error",
    what="The function has another number of arguments.",
    why="AMC refuses a call that fits no form of the function.",
    wrong=(
        "SELECT IF(impressions > 1, 'many') AS kind, COUNT(user_id) AS n FROM "
        "dsp_impressions GROUP BY 1"
    ),
    right=(
        "SELECT IF(impressions > 1, 'many', 'one') AS kind, COUNT(user_id) AS n FROM "
        "dsp_impressions GROUP BY 1"
    ),
    look=_look,
)
