"""VALUES whose rows differ in type."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.inference import family
from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Values):
        firsts: dict[int, str] = {}
        for row in node.expressions:
            cells = row.expressions if isinstance(row, exp.Tuple) else [row]
            for index, cell in enumerate(cells):
                kind = family(context.analysis.fact(cell).type)
                first = firsts.setdefault(index, kind) or kind
                firsts[index] = first
                if kind and kind != first:
                    yield Remark(cell, f"This is a {kind}; the column holds {first} above.")
                    break


RULE = Rule(
    code="values-types",
    severity="warning",
    what="A column of VALUES holds values of different types.",
    why="All rows of VALUES have the same types.",
    wrong=(
        "WITH c (id) AS (VALUES ('1'), (2)) SELECT SUM(i.impressions) AS n FROM "
        "dsp_impressions i JOIN c ON c.id = i.campaign_id_string"
    ),
    right=(
        "WITH c (id) AS (VALUES ('1'), ('2')) SELECT SUM(i.impressions) AS n FROM "
        "dsp_impressions i JOIN c ON c.id = i.campaign_id_string"
    ),
    look=_look,
)
