"""A CTE of VALUES without names for its columns."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for cte, _ in context.analysis.ctes:
        alias = cte.args["alias"]
        if isinstance(cte.this, exp.Values) and not alias.args.get("columns"):
            yield Remark(alias, f"Name the columns: {cte.alias} (id, name) AS (VALUES …).")


RULE = Rule(
    code="values-without-columns",
    severity="warning",
    what="VALUES without a column list.",
    why="The columns have no names without it; all of Amazon's queries write it.",
    wrong=(
        "WITH c AS (VALUES ('1'), ('2')) SELECT SUM(impressions) AS n FROM "
        "dsp_impressions WHERE campaign_id_string IN (SELECT col1 FROM c)"
    ),
    right=(
        "WITH c (id) AS (VALUES ('1'), ('2')) SELECT SUM(impressions) AS n FROM "
        "dsp_impressions WHERE campaign_id_string IN (SELECT id FROM c)"
    ),
    look=_look,
)
