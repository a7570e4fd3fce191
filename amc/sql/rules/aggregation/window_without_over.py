"""RANK() and its like without OVER."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.functions import functions
from amc.sql.nodes import (
    call_name,
)
from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    known = functions()
    for node in context.analysis.of(exp.Func):
        spec = known.get(call_name(node)) if not isinstance(node, exp.Anonymous) else None
        if spec is None or spec.kind != "window":
            continue
        parent = node.parent
        while isinstance(parent, exp.IgnoreNulls | exp.RespectNulls):
            parent = parent.parent
        if not isinstance(parent, exp.Window):
            yield Remark(node, f"{spec.name} needs OVER (…): it is written {spec.signature}.")


RULE = Rule(
    code="window-without-over",
    severity="error",
    what="A window function stands without OVER.",
    why="A place among rows has no meaning without the rows' order.",
    wrong="SELECT campaign, ROW_NUMBER() AS n FROM dsp_impressions GROUP BY campaign",
    right=(
        "SELECT campaign, ROW_NUMBER() OVER (ORDER BY campaign) AS n FROM "
        "dsp_impressions GROUP BY campaign"
    ),
    look=_look,
)
