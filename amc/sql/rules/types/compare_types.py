"""A comparison of two types that have nothing in common."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.inference import family
from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import comparisons

_NAMES = {
    "number": "a number",
    "text": "a text",
    "time": "a date or time",
    "truth": "TRUE or FALSE",
    "list": "an array",
    "row": "a row",
}


def _look(context: Context) -> Iterator[Remark]:
    for node, sides in comparisons(context):
        first = family(context.analysis.fact(sides[0]).type)
        for side in sides[1:]:
            other = family(context.analysis.fact(side).type)
            pair = {first, other}
            if not first or not other or first == other or "text" in pair:
                continue
            if pair == {"truth", "number"} and _zero_or_one(context, sides):
                continue
            place = node if len(sides) == 2 else side
            yield Remark(place, f"{_NAMES[first].capitalize()} is compared with {_NAMES[other]}.")
            break


def _zero_or_one(context: Context, sides: list[exp.Expr]) -> bool:
    return any(context.analysis.fact(s).constant in (0, 1) for s in sides)


RULE = Rule(
    code="compare-types",
    severity="error",
    what="Values of different types are compared.",
    why="AMC answers: Cannot apply '=' to arguments of these types.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "impression_dt_utc > 20240101 GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "impression_date_utc >= CAST('2024-01-01' AS DATE) GROUP BY 1"
    ),
    look=_look,
)
