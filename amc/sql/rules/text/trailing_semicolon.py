"""A semicolon at the end."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Edit, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    if ";" not in context.places.sql:
        return
    tokens = context.places.tokens
    if tokens[-1].text == ";":
        first = len(tokens)
        while tokens[first - 1].text == ";":
            first -= 1
        span = (tokens[first].start, tokens[-1].end)
        if set(context.places.sql[span[0] : span[1]]) <= set("; \t\r\n"):
            yield Remark(span, "Leave the ; out: it can end in an empty result.", Edit(span, ""))
        else:
            yield Remark(span, "Leave the ; out: it can end in an empty result.")


RULE = Rule(
    code="trailing-semicolon",
    severity="warning",
    what="A semicolon stands at the end.",
    why=("AMC has answered with a syntax error for audiences and with an empty file for queries."),
    wrong="SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1;",
    right="SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1",
    look=_look,
)
