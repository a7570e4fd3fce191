"""One parameter used as a list and as one value."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import list_wanted, parameter_calls


def _look(context: Context) -> Iterator[Remark]:
    seen: dict[str, bool] = {}
    calls = parameter_calls(context)
    for node, kind, name in sorted(calls, key=lambda c: context.places.span(c[0])):
        wanted = list_wanted(node)
        if kind != "CUSTOM_PARAMETER" or wanted is None or not name:
            continue
        if seen.setdefault(name, wanted) != wanted:
            yield Remark(
                node,
                f"'{name}' is a list in one place and one value in another: it can be one of them.",
            )


RULE = Rule(
    code="parameter-use",
    severity="error",
    what="A parameter is used as a list and as a single value.",
    why="A parameter is declared once, as a list or as a value.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "ARRAY_CONTAINS(CUSTOM_PARAMETER('names'), campaign) OR campaign = "
        "CUSTOM_PARAMETER('names') GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "ARRAY_CONTAINS(CUSTOM_PARAMETER('names'), campaign) OR "
        "CUSTOM_PARAMETER('names') IS NULL GROUP BY 1"
    ),
    look=_look,
)
