"""A date or time compared with a text."""

import re
from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Edit, Remark, Rule
from amc.sql.rules.shared import (
    bare,
    comparisons,
)

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z?")


def _look(context: Context) -> Iterator[Remark]:
    for _, sides in comparisons(context):
        if not any(context.analysis.fact(s).type.is_time for s in sides):
            continue
        for side in sides:
            literal = bare(side)
            if not (isinstance(literal, exp.Literal) and literal.is_string):
                continue
            text = str(literal.this)
            edit = None
            if _DATE.fullmatch(text):
                edit = Edit(context.places.span(literal), f"CAST('{text}' AS DATE)")
            elif _TIME.fullmatch(text):
                edit = Edit(context.places.span(literal), f"CAST('{text}' AS TIMESTAMP)")
            yield Remark(
                literal, f"A date is compared with the text '{text}': write CAST(… AS DATE).", edit
            )


RULE = Rule(
    code="date-as-text",
    severity="warning",
    what="A date or time is compared with a text.",
    why=(
        "CAST('2024-01-01' AS DATE) is the form that Amazon uses; whether a bare text is "
        "cast is not documented."
    ),
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "impression_date_utc >= '2024-01-01' GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "impression_date_utc >= CAST('2024-01-01' AS DATE) GROUP BY 1"
    ),
    look=_look,
)
