"""(?!) where (?i) is meant."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Edit, Remark, Rule
from amc.sql.rules.shared import patterns


def _look(context: Context) -> Iterator[Remark]:
    for pattern in patterns(context):
        text = str(pattern.this)
        if "(?!)" in text:
            fixed = text.replace("(?!)", "(?i)").replace("'", "''")
            yield Remark(
                pattern,
                "(?!) never matches anything: (?i) is what makes a pattern ignore capitals.",
                Edit(context.places.span(pattern), f"'{fixed}'"),
            )


RULE = Rule(
    code="regex-lookahead",
    severity="warning",
    what="The pattern can never match.",
    why=(
        "A misprint in Amazon's documentation: in Java's patterns (?!) is a look-ahead "
        "that always fails."
    ),
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign "
        "SIMILAR TO '(?!)brand' GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign "
        "SIMILAR TO '(?i)brand' GROUP BY 1"
    ),
    look=_look,
)
