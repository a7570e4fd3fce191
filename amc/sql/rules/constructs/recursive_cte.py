"""WITH RECURSIVE and MATERIALIZED."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for with_ in context.analysis.of(exp.With):
        if with_.args.get("recursive"):
            first = with_.expressions[0].args["alias"]
            place = context.places.keyword(first, "RECURSIVE")
            yield Remark(place, "AMC documents no RECURSIVE.")
    for cte in context.analysis.of(exp.CTE):
        if cte.args.get("materialized") is not None:
            place = context.places.keyword(cte.this, "MATERIALIZED")
            yield Remark(place, "AMC documents no MATERIALIZED: leave it out.")


RULE = Rule(
    code="recursive-cte",
    severity="error",
    what="Recursive and materialised CTEs are not supported.",
    why="Amazon documents plain WITH parts only.",
    wrong=(
        "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) "
        "SELECT n FROM t"
    ),
    right="WITH t (n) AS (VALUES (1), (2), (3), (4), (5)) SELECT n FROM t",
    look=_look,
)
