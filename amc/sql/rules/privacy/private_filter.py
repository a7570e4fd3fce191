"""A HIGH or VERY_HIGH column that meets a literal or parameter."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from sqlglot import exp

from amc.sql.catalog import THRESHOLDS
from amc.sql.facts import HIGH, VERY_HIGH
from amc.sql.nodes import AmcFunction
from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import comparisons
from amc.sql.scopes import Output


def _look(context: Context) -> Iterator[Remark]:
    compared: Iterable[tuple[exp.Expr, Sequence[exp.Expr | Output]]]
    compared = chain(comparisons(context), _matches(context), _using(context))
    for node, sides in compared:
        facts = [s.fact if isinstance(s, Output) else context.analysis.fact(s) for s in sides]
        strict = next((i for i, f in enumerate(facts) if f.threshold in (HIGH, VERY_HIGH)), None)
        if strict is None:
            continue
        given = [f for f in facts if f.threshold < HIGH and f.given and not f.real]
        if given:
            side = sides[strict]
            # The columns of USING are no nodes of the tree.
            name = side.name if isinstance(side, Output) else context.places.short(side)
            word = THRESHOLDS[facts[strict].threshold]
            yield Remark(
                node,
                f"{name} is {word}: AMC refuses to compare it with a literal or parameter, also "
                "with one that comes through a WITH part.",
            )


def _matches(context: Context) -> Iterator[tuple[exp.Expr, list[exp.Expr]]]:
    node: exp.Expr
    for node in context.analysis.of(exp.SimilarTo, exp.Like, exp.ILike, exp.RegexpLike):
        yield node, [node.this, node.expression]
    for node in context.analysis.of(exp.Nullif):
        yield node, [node.this, node.expression]
    for node in context.analysis.of(AmcFunction):
        if node.name in ("ARRAY_CONTAINS", "CONTAINED_IN", "GREATEST", "LEAST"):
            yield node, list(node.expressions)


def _using(context: Context) -> Iterator[tuple[exp.Expr, list[Output]]]:
    """`USING (x)` compares the columns x of both sides."""
    for level in context.analysis.levels:
        for join in level.node.args.get("joins") or []:
            for item in join.args.get("using") or []:
                columns = [c for s in level.sources if (c := s.column(item.name)) is not None]
                yield item, columns


RULE = Rule(
    code="private-filter",
    severity="error",
    what="A HIGH or VERY_HIGH column is compared with a literal or parameter.",
    why=(
        "Choosing single values of such a column would tell users apart; AMC rejects the "
        "query, also when the value is derived from a literal."
    ),
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE postal_code = "
        "'10001' GROUP BY 1"
    ),
    right=(
        "SELECT campaign, postal_code, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1, 2"
    ),
    look=_look,
)
