"""A WITH part whose column list has another length than its query."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import is_star


def _look(context: Context) -> Iterator[Remark]:
    for cte, outputs in context.analysis.ctes:
        names = cte.args["alias"].args.get("columns") or []
        if not names or not outputs or any(is_star(n) for n in getattr(cte.this, "selects", [])):
            continue
        if len(names) != len(outputs):
            yield Remark(
                cte.args["alias"],
                f"'{cte.alias}' names {len(names)} columns; its query gives {len(outputs)}.",
            )


RULE = Rule(
    code="cte-columns",
    severity="error",
    what="The column list and the query differ in length.",
    why="Each name of the list belongs to one output column.",
    wrong=(
        "WITH c (id, name) AS (VALUES ('1'), ('2')) SELECT SUM(i.impressions) AS n FROM "
        "dsp_impressions i JOIN c ON c.id = i.campaign_id_string"
    ),
    right=(
        "WITH c (id) AS (VALUES ('1'), ('2')) SELECT SUM(i.impressions) AS n FROM "
        "dsp_impressions i JOIN c ON c.id = i.campaign_id_string"
    ),
    look=_look,
)
