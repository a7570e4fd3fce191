"""A table name before a dot that the SELECT does not read."""

from collections.abc import Iterator

from amc.sql.analysis import Level
from amc.sql.rules.base import Context, Remark, Rule, meant, near, written
from amc.sql.rules.shared import source_name


def _look(context: Context) -> Iterator[Remark]:
    for use in context.analysis.columns:
        qualifier = use.node.table.lower()
        if use.output is not None or not qualifier or not use.certain:
            continue
        level: Level | None = use.level
        known = []
        while level is not None:
            known += [s for s in level.sources if s.alias]
            level = level.outer
        if any(s.alias == qualifier for s in known) or any(s.column(qualifier) for s in known):
            continue
        hidden = next((s for s in known if source_name(s) == qualifier), None)
        found = hidden.alias if hidden else near(qualifier, [s.alias for s in known])
        place = use.node.args.get("table") or use.node
        edit = written(context, place, found) if found else None
        says = f" Its name is '{found}' here." if hidden else meant(found)
        yield Remark(use.node, f"No table of this SELECT is called '{use.node.table}'.{says}", edit)


RULE = Rule(
    code="unknown-alias",
    severity="error",
    what="The name before the dot is no table or alias of this SELECT.",
    why=("AMC answers: Table '…' not found. A table with an alias has only that name."),
    wrong=(
        "SELECT d.campaign, SUM(i.impressions) AS impressions FROM dsp_impressions i GROUP BY 1"
    ),
    right=(
        "SELECT i.campaign, SUM(i.impressions) AS impressions FROM dsp_impressions i GROUP BY 1"
    ),
    look=_look,
)
