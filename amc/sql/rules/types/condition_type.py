"""A condition that is neither true nor false."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.inference import family
from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import bare


def _look(context: Context) -> Iterator[Remark]:
    conditions: list[exp.Expr | None] = []
    for level in context.analysis.levels:
        for key in ("where", "having"):
            clause = level.node.args.get(key)
            conditions.append(clause.this if clause is not None else None)
    conditions += [j.args.get("on") for j in context.analysis.of(exp.Join)]
    conditions += [
        n.this for n in context.analysis.of(exp.If)
        if not (isinstance(n.parent, exp.Case) and n.parent.args.get("this") is not None)
    ]  # fmt: skip
    for node in context.analysis.of(exp.And, exp.Or, exp.Not):
        conditions += [node.this, node.args.get("expression")]
    for condition in conditions:
        if condition is None or isinstance(bare(condition), exp.And | exp.Or | exp.Not):
            continue
        kind = family(context.analysis.fact(condition).type)
        if kind and kind != "truth":
            yield Remark(
                condition,
                f"{context.places.short(condition)} is neither true nor false: compare it "
                "with a value.",
            )


RULE = Rule(
    code="condition-type",
    severity="error",
    what="A condition is no comparison.",
    why="AMC takes only TRUE and FALSE as conditions, no numbers or texts.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE impressions GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE impressions > "
        "0 GROUP BY 1"
    ),
    look=_look,
)
