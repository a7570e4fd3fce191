"""A column that no table of the SELECT has."""

from collections.abc import Iterator

from amc.sql.analysis import Level
from amc.sql.rules.base import Context, Remark, Rule, meant, near, written
from amc.sql.rules.shared import is_quoted, names_a_text


def _look(context: Context) -> Iterator[Remark]:
    for use in context.analysis.columns:
        if use.output is not None or not use.certain or is_quoted(use.node):
            continue
        if names_a_text(use.node):
            continue
        name, sources = use.node.name, use.level.sources
        if use.node.table:
            sources = [s for s in sources if s.alias == use.node.table.lower()]
            if not sources:
                continue
        found = near(name, [n for s in sources for n in s.names()])
        where = f" in '{sources[0].alias}'" if len(sources) == 1 and sources[0].alias else ""
        edit = written(context, use.node.this, found) if found else None
        yield Remark(use.node, f"There is no column '{name}'{where}.{meant(found)}", edit)
    for level in context.analysis.levels:
        yield from _using(level)


def _using(level: Level) -> Iterator[Remark]:
    """`USING (x)` needs a column x on both sides."""
    if not all(s.known for s in level.sources):
        return
    for join in level.node.args.get("joins") or []:
        for item in join.args.get("using") or []:
            lacking = [s for s in level.sources if s.column(item.name) is None]
            if len(level.sources) - len(lacking) < 2:
                where = f" in '{lacking[-1].alias}'" if lacking[-1].alias else ""
                yield Remark(item, f"There is no column '{item.name}'{where}.")


RULE = Rule(
    code="unknown-column",
    severity="error",
    what="The column does not exist in the tables that are read.",
    why="AMC refuses the whole query: Column '…' not found in any table.",
    wrong=("SELECT campain, SUM(impressions) AS impressions FROM dsp_impressions GROUP BY 1"),
    right=("SELECT campaign, SUM(impressions) AS impressions FROM dsp_impressions GROUP BY 1"),
    look=_look,
)
