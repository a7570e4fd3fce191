"""SIMILAR TO with the signs of LIKE."""

import re
from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Edit, Remark, Rule
from amc.sql.rules.shared import (
    bare,
)


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.SimilarTo):
        pattern = bare(node.expression)
        if not (isinstance(pattern, exp.Literal) and pattern.is_string):
            continue
        text = str(pattern.this)
        if text.startswith("%") or text.endswith("%"):
            inner = text.strip("%")
            edit = None
            if re.fullmatch(r"[\w \-]+", inner):
                # As LIKE would read it: without % the text begins or ends there.
                start = "" if text.startswith("%") else "^"
                end = "" if text.endswith("%") else "$"
                edit = Edit(context.places.span(pattern), f"'{start}{inner}{end}'")
            yield Remark(
                pattern,
                "SIMILAR TO takes a Java regular expression, where % is only a sign: it finds the "
                "pattern anywhere in the text without it.",
                edit,
            )


RULE = Rule(
    code="similar-percent",
    severity="warning",
    what="A % stands in the pattern of SIMILAR TO.",
    why=(
        "Other systems take SQL patterns there; AMC takes regular expressions that match "
        "any part of the text."
    ),
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign "
        "SIMILAR TO '%brand%' GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign "
        "SIMILAR TO 'brand' GROUP BY 1"
    ),
    look=_look,
)
