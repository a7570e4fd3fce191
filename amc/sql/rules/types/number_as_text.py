"""A text column compared with numbers, or a number with a text."""

from collections.abc import Iterator

from amc.sql.inference import family
from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import comparisons


def _look(context: Context) -> Iterator[Remark]:
    for node, sides in comparisons(context):
        first = context.analysis.fact(sides[0])
        for side in sides[1:]:
            fact = context.analysis.fact(side)
            if {family(first.type), family(fact.type)} == {"text", "number"}:
                column = first.column or fact.column
                name = f"'{column.name}'" if column is not None else "One side"
                yield Remark(
                    node if len(sides) == 2 else side,
                    f"{name} is compared with another type: text and number. AMC may take it; for "
                    "sponsored ads campaign_id and campaign_id_string are different ids.",
                )
                break


RULE = Rule(
    code="number-as-text",
    severity="hint",
    what="A text is compared with a number.",
    why=("Amazon's own queries do it and AMC casts; make sure that both are the same kind of id."),
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "campaign_id_string = 12345 GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "campaign_id_string = '12345' GROUP BY 1"
    ),
    look=_look,
)
