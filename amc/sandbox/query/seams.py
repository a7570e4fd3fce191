"""What the reader of expressions asks of those who read whole queries."""

from collections.abc import Callable
from typing import Protocol

from sqlglot import exp

from amc.sandbox.query.carriers import Carrier
from amc.sandbox.query.model import Relation
from amc.sandbox.query.scope import Scope

Lift = Callable[[Carrier, exp.Expr | None], Carrier]
"""A carrier of FROM after the aggregation, of those rows where a condition holds."""


class Subqueries(Protocol):
    """Who analyses a query that stands inside an expression."""

    def nested(self, node: exp.Expr, scope: Scope) -> Relation:
        """Its relation."""
        ...

    def scalar_carriers(
        self, node: exp.Expr, relation: Relation, scope: Scope
    ) -> tuple[Carrier, ...]:
        """Who stands behind the one value it gives."""
        ...
