"""An argument of a type that the function does not take."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.inference import family
from amc.sql.nodes import call_args, call_name
from amc.sql.rules.base import Context, Remark, Rule

_TIMES = {
    "SECONDS_BETWEEN": (0, 1),
    "DATE_TRUNC": (1,),
    "HOUR": (0,),
    "MINUTE": (0,),
    "SECOND": (0,),
    "WEEK": (0,),
    "MONTH": (0,),
    "YEAR": (0,),
    "DAYOFMONTH": (0,),
    "DAYOFWEEK": (0,),
    "CONVERT_TIME_ZONE_FROM_UTC": (0,),
}
_NUMBERS = {
    "ROUND": (0,),
    "TRUNC": (0,),
    "ABS": (0,),
    "CEIL": (0,),
    "FLOOR": (0,),
    "SQRT": (0,),
    "EXP": (0,),
    "LN": (0,),
    "LOG10": (0,),
    "POWER": (0, 1),
    "LEFT": (1,),
    "RIGHT": (1,),
}
_LISTS = {
    "ARRAY_SORT": (0,),
    "ARRAY_CONTAINS": (0,),
    "CARDINALITY": (0,),
    "ARRAY_TO_STRING": (0,),
    "ARRAY_CAT": (0, 1),
    "ARRAY_UNION": (0, 1),
    "ARRAY_INTERSECT": (0, 1),
    "ARRAY_COMPLEMENT": (0, 1),
    "ARRAY_DISTINCT": (0,),
    "ARRAY_REMOVE": (0,),
    "FLATTEN": (0,),
    "EXPLODE": (0,),
}
_TEXTS = {
    "LOWER": (0,),
    "UPPER": (0,),
    "LTRIM": (0,),
    "RTRIM": (0,),
    "REPLACE": (0,),
    "REGEXP_REPLACE": (0,),
    "REGEXP_SUBSTR": (0,),
    "REGEXP_SPLIT": (0,),
}
_WANTED = {
    **{
        n: (p, "time", "a date or time", ("number", "truth", "list", "row"))
        for n, p in _TIMES.items()
    },
    **{n: (p, "number", "a number", ("time", "truth", "list", "row")) for n, p in _NUMBERS.items()},
    **{n: (p, "list", "an array", ("number", "text", "time", "truth")) for n, p in _LISTS.items()},
    **{n: (p, "text", "a text", ("time", "truth", "list", "row")) for n, p in _TEXTS.items()},
}


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Func):
        if isinstance(node, exp.Anonymous):
            continue
        wanted = _WANTED.get(call_name(node))
        if wanted is None:
            continue
        places, _, says, refused = wanted
        args = call_args(node)
        for index in places:
            if index >= len(args):
                continue
            argument = args[index]
            kind = context.analysis.fact(argument).type
            if family(kind) in refused:
                yield Remark(argument, f"{call_name(node)} takes {says} here; this is {kind.name}.")


RULE = Rule(
    code="argument-type",
    severity="error",
    what="The function does not take an argument of this type.",
    why="AMC answers: Cannot apply the function to arguments of this type.",
    wrong=(
        "SELECT campaign, SUM(SECONDS_BETWEEN(impressions, impression_dt_utc)) AS s FROM "
        "dsp_impressions GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(SECONDS_BETWEEN(impression_dt_utc, "
        "BUILT_IN_PARAMETER('TIME_WINDOW_END'))) AS s FROM dsp_impressions GROUP BY 1"
    ),
    look=_look,
)
