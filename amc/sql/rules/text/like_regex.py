"""LIKE with the signs of a regular expression."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import bare


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Like):
        pattern = bare(node.expression)
        if not (isinstance(pattern, exp.Literal) and pattern.is_string):
            continue
        text = str(pattern.this)
        if ".*" in text or text.startswith(("^", "(?i)")):
            yield Remark(pattern, "LIKE knows % and _ only: use SIMILAR TO for this pattern.")
        elif "%" not in text and "_" not in text:
            yield Remark(pattern, "Without % or _ this is the same as =.")


RULE = Rule(
    code="like-regex",
    severity="hint",
    what="The pattern of LIKE looks like a regular expression, or has no wildcard.",
    why="LIKE takes % for any text and _ for one character.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign LIKE "
        "'.*brand.*' GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign LIKE "
        "'%brand%' GROUP BY 1"
    ),
    look=_look,
)
