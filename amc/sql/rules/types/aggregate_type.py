"""SUM or AVG of something that is no number."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.inference import family
from amc.sql.nodes import call_args, call_name
from amc.sql.rules.base import Context, Remark, Rule

_NUMERIC = frozenset(
    {"SUM", "AVG", "STDDEV", "STDDEV_SAMP", "STDDEV_POP", "VARIANCE", "VAR_SAMP", "VAR_POP",
     "SKEWNESS", "MEDIAN", "PERCENTILE", "APPROX_PERCENTILE"}
)  # fmt: skip


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.AggFunc):
        name = call_name(node)
        args = call_args(node) if name in _NUMERIC else []
        if not args:
            continue
        kind = context.analysis.fact(args[0]).type
        if family(kind) in ("text", "time", "truth", "list", "row"):
            yield Remark(
                node,
                f"{name} adds numbers, and {context.places.short(args[0])} is {kind.name}: "
                "count it "
                "with COUNT(DISTINCT …), or turn it into a number with IF(…, 1, 0).",
            )


RULE = Rule(
    code="aggregate-type",
    severity="error",
    what="The aggregate needs numbers.",
    why="AMC answers: Cannot apply 'SUM' to arguments of this type.",
    wrong="SELECT campaign, SUM(device_type) AS n FROM dsp_impressions GROUP BY 1",
    right=("SELECT campaign, COUNT(DISTINCT device_type) AS n FROM dsp_impressions GROUP BY 1"),
    look=_look,
)
