"""VALUES whose rows differ in length."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Values):
        rows = node.expressions
        width = _width(rows[0]) if rows else 0
        for index, row in enumerate(rows[1:], start=2):
            if _width(row) != width:
                yield Remark(row, f"Row {index} has {_width(row)} values; the first has {width}.")


def _width(row: exp.Expr) -> int:
    return len(row.expressions) if isinstance(row, exp.Tuple) else 1


RULE = Rule(
    code="values-width",
    severity="error",
    what="The rows of VALUES have different lengths.",
    why="Each row gives one value to each column.",
    wrong=(
        "WITH c (id, name) AS (VALUES ('1', 'A'), ('2')) SELECT c.name, "
        "SUM(i.impressions) AS n FROM dsp_impressions i JOIN c ON c.id = "
        "i.campaign_id_string GROUP BY 1"
    ),
    right=(
        "WITH c (id, name) AS (VALUES ('1', 'A'), ('2', 'B')) SELECT c.name, "
        "SUM(i.impressions) AS n FROM dsp_impressions i JOIN c ON c.id = "
        "i.campaign_id_string GROUP BY 1"
    ),
    look=_look,
)
