"""ILIKE, ~, RLIKE, %, <=> and their like."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Remark, Rule

_WORDS: dict[type[exp.Expr], str] = {
    exp.ILike: "ILIKE", exp.RegexpLike: "RLIKE or ~", exp.RegexpILike: "~*",
    exp.NullSafeEQ: "<=>", exp.NullSafeNEQ: "IS DISTINCT FROM", exp.Mod: "%",
    exp.BitwiseAnd: "&", exp.BitwiseOr: "|", exp.BitwiseXor: "^", exp.IntDiv: "DIV",
    exp.Glob: "GLOB", exp.Escape: "ESCAPE",
}  # fmt: skip
_INSTEAD = {
    "ILIKE": "write SIMILAR TO '(?i)…'",
    "RLIKE or ~": "write SIMILAR TO",
    "~*": "write SIMILAR TO '(?i)…'",
    "<=>": "write a = b OR (a IS NULL AND b IS NULL)",
}


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(*_WORDS):
        word = next(w for k, w in _WORDS.items() if isinstance(node, k))
        instead = _INSTEAD.get(word)
        says = f": {instead}" if instead else "; it may be refused"
        yield Remark(node, f"AMC documents no operator {word}{says}.")
    for node in context.analysis.of(exp.Is):
        if isinstance(node.expression, exp.Boolean):
            word = "TRUE" if node.expression.this else "FALSE"
            yield Remark(node, f"AMC documents no IS {word}: write = {word}.")


RULE = Rule(
    code="undocumented-operator",
    severity="warning",
    what="The operator is not documented for AMC.",
    why=(
        "Amazon lists comparison, LIKE, SIMILAR TO, IN, BETWEEN, IS NULL and the four "
        "arithmetic operators."
    ),
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign "
        "ILIKE '%brand%' GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign "
        "SIMILAR TO '(?i)brand' GROUP BY 1"
    ),
    look=_look,
)
