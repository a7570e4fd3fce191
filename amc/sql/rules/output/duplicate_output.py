"""Two output columns of one name."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import is_star


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.top_levels():
        seen: set[str] = set()
        for item in level.node.expressions:
            name = item.alias_or_name.lower()
            if name and name in seen and not is_star(item):
                place = item.args.get("alias") or item
                yield Remark(place, f"The result has two columns '{item.alias_or_name}'.")
            seen.add(name)
        break


RULE = Rule(
    code="duplicate-output",
    severity="warning",
    what="Two columns of the result have the same name.",
    why=("Headers come back in small letters, and one of the two columns hides the other."),
    wrong=(
        "SELECT campaign AS name, line_item AS name, SUM(impressions) AS n FROM "
        "dsp_impressions GROUP BY campaign, line_item"
    ),
    right=(
        "SELECT campaign AS campaign_name, line_item AS line_item_name, SUM(impressions) "
        "AS n FROM dsp_impressions GROUP BY campaign, line_item"
    ),
    look=_look,
)
