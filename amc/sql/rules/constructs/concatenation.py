"""The operator ||."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Edit, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.DPipe):
        if isinstance(node.parent, exp.DPipe):
            continue
        parts: list[exp.Expr] = []
        stack: list[exp.Expr] = [node]
        while stack:
            part = stack.pop()
            if isinstance(part, exp.DPipe):
                stack += [part.expression, part.this]
            else:
                parts.append(part)
        text = f"CONCAT({', '.join(context.places.source(p) for p in parts)})"
        span = context.places.span(node)
        yield Remark(span, "AMC has no ||: write CONCAT(a, b).", Edit(span, text))


RULE = Rule(
    code="concatenation",
    severity="error",
    what="|| is not supported.",
    why=("AMC answers: Unsupported scalar operation type ||. CONCAT casts every argument to text."),
    wrong=(
        "SELECT campaign || ' ' || line_item AS name, SUM(impressions) AS n FROM "
        "dsp_impressions GROUP BY 1"
    ),
    right=(
        "SELECT CONCAT(campaign, ' ', line_item) AS name, SUM(impressions) AS n FROM "
        "dsp_impressions GROUP BY 1"
    ),
    look=_look,
)
