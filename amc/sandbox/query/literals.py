"""Columns of threshold HIGH and above must not meet a literal or a parameter."""

from collections.abc import Sequence

from sqlglot import exp

from amc.sandbox.query.complaints import Complaints
from amc.sandbox.query.model import Level, Value


class LiteralBan:
    """The rule, on or off (off where aggregation controls are off)."""

    def __init__(self, complaints: Complaints, *, on: bool) -> None:
        """Keep where to complain."""
        self._complaints, self._on = complaints, on

    def check(self, sides: Sequence[tuple[exp.Expr, Value]]) -> None:
        """Refuse a comparison of a sensitive value with a literal or what a literal influenced.

        Raises:
            CompileError: with the sensitive column's name.
        """
        sensitive = [(node, value) for node, value in sides if _banned(node, value)]
        if not self._on or not sensitive or not any(value.literal for _, value in sides):
            return
        node, value = sensitive[0]
        column = next(iter(node.find_all(exp.Column)), None)
        raise self._complaints.at(
            column or node,
            f"Column '{column.name if column else self._complaints.written(node)}' has aggregation "
            f"threshold {value.level.name} and cannot be compared with literals or parameters, "
            "or with values that were influenced by them",
        )

    def check_key(self, node: exp.Expr, value: Value) -> None:
        """Refuse a grouping key that mixes a sensitive value and a literal.

        Raises:
            CompileError: with the sensitive column's name.
        """
        self.check([(node, value)])


def _banned(node: exp.Expr, value: Value) -> bool:
    """HIGH and above; but Amazon's own queries compare plain INTERNAL columns with literals."""
    if value.level == Level.INTERNAL and isinstance(node.unnest(), exp.Column):
        return False
    return value.level >= Level.HIGH
