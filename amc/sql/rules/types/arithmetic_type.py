"""Calculating with something that is no number."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.inference import family
from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Add, exp.Sub, exp.Mul, exp.Div):
        sides = (node.this, node.expression)
        kinds = [family(context.analysis.fact(s).type) for s in sides]
        if "time" in kinds or any(isinstance(s, exp.Interval) for s in sides):
            continue
        for side, kind in zip(sides, kinds, strict=True):
            if kind in ("text", "truth", "list", "row"):
                shown = context.analysis.fact(side).type.name
                yield Remark(
                    side,
                    f"{context.places.short(side)} is {shown}; only numbers can be calculated "
                    "with.",
                )
                break


RULE = Rule(
    code="arithmetic-type",
    severity="error",
    what="Something that is no number is calculated with.",
    why=("AMC answers: Cannot apply '+' to arguments of this type. Texts are joined with CONCAT."),
    wrong=("SELECT campaign + '_x' AS name, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"),
    right=(
        "SELECT CONCAT(campaign, '_x') AS name, SUM(impressions) AS n FROM "
        "dsp_impressions GROUP BY 1"
    ),
    look=_look,
)
