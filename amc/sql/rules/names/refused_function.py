"""A function that AMC is known to refuse."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.nodes import (
    call_args,
    call_name,
)
from amc.sql.rules.base import Context, Edit, Remark, Rule
from amc.sql.rules.foreign import REFUSED


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Anonymous, exp.Func):
        name = call_name(node)
        if name not in REFUSED or not isinstance(node, exp.Anonymous | exp.Date | exp.Ntile):
            continue
        advice, template = REFUSED[name]
        edit = None
        args = call_args(node)
        if template and template.count("{}") == len(args):
            text = template.format(*(context.places.source(a) for a in args))
            edit = Edit(context.places.span(node), text)
        yield Remark(node, f"AMC has no function {name}: {advice}.", edit)


RULE = Rule(
    code="refused-function",
    severity="error",
    what="AMC is known to refuse this function.",
    why="AMC SQL has no date arithmetic, few clock functions and no NTILE.",
    wrong=(
        "SELECT campaign, AVG(DATEDIFF('day', campaign_start_date, campaign_end_date)) "
        "AS days FROM dsp_impressions GROUP BY 1"
    ),
    right=(
        "SELECT campaign, AVG(SECONDS_BETWEEN(campaign_start_date, campaign_end_date) / "
        "86400) AS days FROM dsp_impressions GROUP BY 1"
    ),
    look=_look,
)
