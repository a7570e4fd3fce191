"""What AMC never lets out, and what a row needs to be let out."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.analysis import parameter_name
from amc.sql.nodes import ContainedIn
from amc.sql.rules.base import Context, Remark, Rule

_NEVER = ("VERY_HIGH", "INTERNAL")
_NO_LITERAL = ("HIGH", "VERY_HIGH")
_COMPARED = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.ILike, exp.SimilarTo,
    exp.Between, exp.In, ContainedIn,
)  # fmt: skip


def _outputs(context: Context) -> Iterator[Remark]:
    for output in context.analysis.outputs:
        if output.threshold in _NEVER and not (context.audience and output.name == "user_id"):
            yield Remark(
                output.node,
                f"'{output.name}' is {output.threshold} and may never be shown: leave it out, or "
                f"count it with COUNT(DISTINCT …).",
            )


def _filters(context: Context) -> Iterator[Remark]:
    for node in context.analysis.tree.find_all(*_COMPARED):
        sides = [c for c in node.iter_expressions() if not isinstance(c, exp.Query)]
        strict = [s for s in sides if context.analysis.threshold(s) in _NO_LITERAL]
        plain = [s for s in sides if s not in strict and _is_given(s)]
        if strict and plain:
            yield Remark(
                node,
                f"{strict[0].sql()[:60]} is {context.analysis.threshold(strict[0])}: AMC refuses "
                "to compare it with a literal or parameter.",
            )


def _is_given(node: exp.Expr) -> bool:
    """Whether a value comes from the author: a literal or a parameter, without any column."""
    if node.find(exp.Column) is not None:
        return False
    if node.find(exp.Literal) is not None:
        return True
    return any(parameter_name(n) for n in node.find_all(exp.Func))


def _hidden(context: Context) -> Iterator[Remark]:
    for output in context.analysis.outputs:
        if output.threshold in ("MEDIUM", "HIGH"):
            needed = 100
            yield Remark(
                output.node,
                f"'{output.name}' is {output.threshold}: rows with fewer than {needed} users are "
                "left out of the result.",
            )


def _twins(context: Context) -> Iterator[Remark]:
    for node, name, table in context.analysis.tables:
        if table is not None and table.audience_of and not context.audience:
            original = table.audience_of
            yield Remark(
                node, f"'{name}' is for audience queries only: read '{original}'.", original
            )


RULES = (
    Rule("private-output", "error", "The column may never be shown.",
         "VERY_HIGH and INTERNAL columns would tell single users apart.",
         "SELECT user_id, SUM(impressions) FROM dsp_impressions GROUP BY 1",
         "SELECT campaign, COUNT(DISTINCT user_id) AS users FROM dsp_impressions GROUP BY 1",
         _outputs),
    Rule("private-filter", "error", "A HIGH or VERY_HIGH column meets a literal or parameter.",
         "Choosing single values of such a column would tell users apart.",
         "SELECT campaign FROM dsp_impressions WHERE postal_code = '10001' GROUP BY 1",
         "SELECT postal_code, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1", _filters),
    Rule("needs-100-users", "hint", "Rows with fewer than 100 users are hidden.",
         "MEDIUM and HIGH columns show only for groups of 100 users and more.",
         "SELECT impression_dt_utc, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1",
         "SELECT impression_dt_hour_utc, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1",
         _hidden),
    Rule("audience-table", "error", "A table for audiences in an analytics query.",
         "The _for_audiences twins serve audience queries only.",
         "SELECT campaign FROM dsp_clicks_for_audiences GROUP BY 1",
         "SELECT campaign FROM dsp_clicks GROUP BY 1", _twins),
)  # fmt: skip
