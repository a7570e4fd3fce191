"""A name in double quotes."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    if '"' not in context.places.sql:
        return
    for node in context.analysis.of(exp.Identifier):
        if node.args.get("quoted"):
            yield Remark(node, "None of Amazon's queries quotes names; plain names are safe.")
            return


RULE = Rule(
    code="quoted-name",
    severity="hint",
    what="A name stands in double quotes.",
    why="Quoted names are probably fine, but appear in none of Amazon's queries.",
    wrong='SELECT "campaign", SUM(impressions) AS n FROM dsp_impressions GROUP BY 1',
    right="SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1",
    look=_look,
)
