"""Query bodies that hidden columns are appended to: SELECT, UNION ALL, and what is DISTINCT."""

from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from amc.sandbox.query.carriers import (
    Body,
    Carrier,
    Direct,
    Form,
    Gathered,
    Out,
    Tally,
    asked,
    joined,
)


@dataclass(eq=False, slots=True)
class SelectBody:
    """The body that is one SELECT."""

    select: exp.Select

    def append(self, outs: tuple[Out, ...], form: Form, name: str) -> None:
        """See `Body`."""
        parts = [(out.inner, out.one) for out in outs if out.inner is not None]
        several = len(parts) > 1
        values = [(inner.here(asked(form, one=one, several=several)), one) for inner, one in parts]
        value = joined(values, form)
        self.select.append("expressions", exp.alias_(value, name))


@dataclass(eq=False, slots=True)
class UnionBody:
    """The body that is a UNION ALL; every branch grows alike."""

    branches: tuple[Body, ...]

    def append(self, outs: tuple[Out, ...], form: Form, name: str) -> None:
        """See `Body`."""
        for number, branch in enumerate(self.branches):
            below = tuple(part for out in outs for part in out.parts[number])
            branch.append(below, form, name)


@dataclass(eq=False, slots=True)
class DistinctBody:
    """The body of a SELECT DISTINCT or UNION: becomes a GROUP BY when somebody must be carried."""

    inside: Body
    node: exp.Query
    width: int
    tally: Tally
    outer: exp.Select | None = None

    def append(self, outs: tuple[Out, ...], form: Form, name: str) -> None:
        """See `Body`."""
        outer = self.outer or self._wrap()
        parts = [(Gathered(self._inner(out.parts[0][0])).here(form), False) for out in outs]
        outer.append("expressions", exp.alias_(joined(parts, form), name))

    def _inner(self, out: Out) -> Carrier:
        """A carrier of the body inside, as the SELECT around it sees it."""
        made: dict[Form, str] = {}

        def column(form: Form) -> exp.Expr:
            if form not in made:
                made[form] = self.tally.fresh()
                self.inside.append((out,), form, made[form])
            return exp.column(made[form])

        return Direct(column, out.one, out.distinct)

    def _wrap(self) -> exp.Select:
        """SELECT c1, … FROM (the body without DISTINCT) GROUP BY c1, …."""
        first: Any = self.node
        while isinstance(first, exp.SetOperation | exp.Subquery):
            first = first.this
        projections = first.expressions[: self.width]
        names = [projection.output_name for projection in projections]
        inner_names = [f"__amc_c{number}" for number in range(1, self.width + 1)]
        for projection, inner_name in zip(projections, inner_names, strict=True):
            rename(projection, inner_name)
        self.node.set("distinct", None if isinstance(self.node, exp.Select) else False)
        outer = exp.select(
            *(
                exp.alias_(exp.column(inner), name, quoted=True)
                for inner, name in zip(inner_names, names, strict=True)
            )
        ).group_by(*(exp.column(inner) for inner in inner_names))
        self.node.replace(outer)
        # The body itself moves in, not a copy: carriers below still hold its nodes.
        alias = exp.TableAlias(this=exp.to_identifier(self.tally.fresh()))
        outer.set("from_", exp.From(this=exp.Subquery(this=self.node, alias=alias)))
        self.outer = outer
        return outer


def rename(projection: exp.Expr, name: str) -> exp.Expr:
    """Give an output expression a name, in place; the named expression."""
    if isinstance(projection, exp.Alias):
        projection.set("alias", exp.to_identifier(name, quoted=True))
        return projection
    named = exp.Alias(alias=exp.to_identifier(name, quoted=True))
    projection.replace(named)
    named.set("this", projection)
    return named
