"""VALUES anywhere but in a WITH."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Values):
        parent = node.parent
        while isinstance(parent, exp.Subquery | exp.Paren):
            parent = parent.parent
        if not isinstance(parent, exp.CTE | exp.In):
            yield Remark(
                context.places.keyword(node, "VALUES"),
                "Put VALUES into the WITH: WITH c (id) AS (VALUES …).",
            )


RULE = Rule(
    code="values-in-from",
    severity="warning",
    what="VALUES stands outside of a WITH.",
    why="Amazon's queries use VALUES as the body of a CTE only.",
    wrong=(
        "SELECT SUM(i.impressions) AS n FROM dsp_impressions i JOIN (VALUES ('1'), "
        "('2')) AS c (id) ON c.id = i.campaign_id_string"
    ),
    right=(
        "WITH c (id) AS (VALUES ('1'), ('2')) SELECT SUM(i.impressions) AS n FROM "
        "dsp_impressions i JOIN c ON c.id = i.campaign_id_string"
    ),
    look=_look,
)
