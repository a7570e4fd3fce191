"""BUILT_IN_PARAMETER with an unknown name."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Edit, Remark, Rule, near
from amc.sql.rules.shared import parameter_calls

_NAMES = ("TIME_WINDOW_START", "TIME_WINDOW_END")


def _look(context: Context) -> Iterator[Remark]:
    for node, kind, name in parameter_calls(context):
        if kind == "BUILT_IN_PARAMETER" and name.upper() not in _NAMES:
            found = _meant(name) if name else None
            edit = None
            if found and node.expressions:
                edit = Edit(context.places.span(node.expressions[0]), f"'{found.upper()}'")
            yield Remark(node, f"AMC has two built-in parameters: {' and '.join(_NAMES)}.", edit)


def _meant(name: str) -> str | None:
    """The end that a name speaks of: BEGIN is nearer to END only by its letters."""
    words = set(name.upper().split("_"))
    for index, hints in enumerate((_START_WORDS, _END_WORDS)):
        if words & hints:
            return _NAMES[index]
    return near(name, [n.lower() for n in _NAMES])


_START_WORDS = {"START", "BEGIN", "BEGINNING", "FROM", "SINCE", "STARTS", "FIRST", "MIN"}
_END_WORDS = {"END", "ENDS", "STOP", "TO", "UNTIL", "LAST", "MAX"}

RULE = Rule(
    code="built-in-parameter",
    severity="error",
    what="There is no such built-in parameter.",
    why="Only the two ends of the window exist.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "impression_dt_utc > BUILT_IN_PARAMETER('TIME_WINDOW_STRAT') GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "impression_dt_utc > BUILT_IN_PARAMETER('TIME_WINDOW_START') GROUP BY 1"
    ),
    look=_look,
)
