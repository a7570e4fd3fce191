"""A pattern that cannot be read."""

import re
from collections.abc import Iterator

from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import (
    patterns,
)

# What is wrong in Java's patterns as surely as in Python's.
_SURE = (
    "unterminated character set",
    "missing ), unterminated subpattern",
    "unbalanced parenthesis",
    "nothing to repeat",
)
_JAVA = re.compile(
    r"\\Q.*?(\\E|$)|\\[pP]\{\w+\}|\\[hHRzZG]|\(\?<(?![=!])\w+>|\(\?[a-zA-Z]+-?[a-zA-Z]*\)|&&"
)


def _look(context: Context) -> Iterator[Remark]:
    for pattern in patterns(context):
        text = _JAVA.sub(lambda m: "(" if m.group().startswith("(?<") else "", str(pattern.this))
        try:
            re.compile(text)
        except re.error as exc:
            if exc.msg in _SURE and len(text) < 5000:
                yield Remark(pattern, f"This pattern cannot be read: {exc.msg}.")
        except (RecursionError, OverflowError):
            continue


RULE = Rule(
    code="bad-regex",
    severity="error",
    what="The regular expression is broken.",
    why="SIMILAR TO and the REGEXP functions take Java's regular expressions.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign "
        "SIMILAR TO '(brand|prospecting' GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign "
        "SIMILAR TO '(brand|prospecting)' GROUP BY 1"
    ),
    look=_look,
)
