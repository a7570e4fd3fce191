"""A text that differs only in its spelling from a value of the column."""

import re
from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Edit, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.EQ, exp.NEQ, exp.In):
        column = context.analysis.fact(node.this).column
        if column is None or not column.known_values:
            continue
        values = [v for v in column.known_values if v]
        others = node.expressions if isinstance(node, exp.In) else [node.expression]
        for other in others:
            if not (isinstance(other, exp.Literal) and other.is_string):
                continue
            said = str(other.this)
            plain = {_plain(v): v for v in values}
            found = plain.get(_plain(said))
            if said not in values and found and said != found:
                edit = Edit(context.places.span(other), "'" + found.replace("'", "''") + "'")
                yield Remark(other, f"{column.name} is written '{found}' in the data.", edit)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


RULE = Rule(
    code="value-spelling",
    severity="hint",
    what="The value is probably spelled another way.",
    why=(
        "AMC compares texts exactly, capitals and dashes included; a filter that matches "
        "nothing gives an empty result."
    ),
    wrong=(
        "SELECT campaign, SUM(spend) / 100000000 AS cost FROM sponsored_ads_traffic "
        "WHERE ad_product_type = 'Sponsored Products' GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(spend) / 100000000 AS cost FROM sponsored_ads_traffic "
        "WHERE ad_product_type = 'sponsored_products' GROUP BY 1"
    ),
    look=_look,
)
