"""GROUP BY with a number that is no output column."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import is_star


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        group = level.node.args.get("group")
        count = len(level.node.expressions)
        if group is None or any(is_star(i) for i in level.node.expressions):
            continue
        for key in group.expressions:
            if not isinstance(key, exp.Literal):
                continue
            text = str(key.this)
            if key.is_string:
                yield Remark(key, f"'{text}' is a text, no column: write the column's name.")
            elif not text.isdigit() or not 1 <= int(text) <= count:
                yield Remark(key, f"There is no output column {text}: the SELECT has {count}.")


RULE = Rule(
    code="group-ordinal",
    severity="error",
    what="The number in GROUP BY points to no output column.",
    why="Ordinals count the items of the SELECT list from 1.",
    wrong="SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1, 3",
    right="SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1",
    look=_look,
)
