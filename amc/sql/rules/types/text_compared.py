"""A text compared with a number, TRUE or an array."""

import re
from collections.abc import Iterator

from sqlglot import exp

from amc.sql.inference import family
from amc.sql.rules.base import Context, Edit, Remark, Rule
from amc.sql.rules.shared import (
    bare,
    comparisons,
)


def _look(context: Context) -> Iterator[Remark]:
    for node, sides in comparisons(context):
        first = context.analysis.fact(sides[0])
        for side in sides[1:]:
            fact = context.analysis.fact(side)
            kinds = {family(first.type), family(fact.type)}
            if "text" not in kinds or not kinds & {"truth", "list", "row", "number"}:
                continue
            if "number" in kinds and not _no_number(context, sides[0], side):
                continue
            says = (
                "a number"
                if "number" in kinds
                else "TRUE or FALSE"
                if "truth" in kinds
                else "an array"
            )
            edit = None
            if "truth" in kinds and isinstance(side, exp.Literal):
                said = str(side.this).upper()
                edit = Edit(context.places.span(side), said) if said in ("TRUE", "FALSE") else None
            place = node if len(sides) == 2 else side
            yield Remark(place, f"A text is compared with {says}.", edit)
            break


def _no_number(context: Context, left: exp.Expr, right: exp.Expr) -> bool:
    """Whether one side is a number column and the other a text that is no number."""
    for number, text in ((left, right), (right, left)):
        literal = bare(text)
        if isinstance(literal, exp.Literal) and literal.is_string:
            fact = context.analysis.fact(number)
            if fact.type.is_number and not _NUMBER.fullmatch(str(literal.this)):
                return True
    return False


_NUMBER = re.compile(r"\s*[-+]?\d+(\.\d*)?([eE][-+]?\d+)?\s*")


RULE = Rule(
    code="text-compared",
    severity="warning",
    what="A text is compared with something that is no text.",
    why=("AMC is lenient with texts that look like numbers; anything else gives nothing or fails."),
    wrong=(
        "SELECT campaign, SUM(total_purchases) AS n FROM "
        "amazon_attributed_events_by_traffic_time WHERE new_to_brand = 'true' GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(total_purchases) AS n FROM "
        "amazon_attributed_events_by_traffic_time WHERE new_to_brand = TRUE GROUP BY 1"
    ),
    look=_look,
)
