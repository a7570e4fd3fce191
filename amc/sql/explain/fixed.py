"""Columns that the conditions of a SELECT hold to one value: `rn = 1`, `subtype = 'order'`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from amc.sql.explain.shape import Shape
from amc.sql.nodes import call_name


@dataclass(frozen=True, slots=True)
class Fixed:
    """Pairs of a table's alias (empty when none is written) and a column, in lower case."""

    columns: frozenset[tuple[str, str]]

    def of(self, alias: str, shape: Shape, sources: Iterable[Shape]) -> frozenset[str]:
        """The columns of one source; a bare name counts when it is this one's alone."""
        others = [s for s in sources if s is not shape]
        return frozenset(
            name
            for table, name in self.columns
            if table == alias
            or (not table and name in shape.columns and all(name not in s.columns for s in others))
        )


def conditions_of(on: exp.Expr | None) -> Iterator[exp.Expr]:
    """The conditions that must all hold."""
    if on is None:
        return
    stack = [on]
    while stack:
        node = stack.pop()
        while isinstance(node, exp.Paren):
            node = node.this
        if isinstance(node, exp.And):
            stack += [node.expression, node.this]
        else:
            yield node


def fixed_columns(node: exp.Select) -> Fixed:
    """What WHERE holds to one value, and ON for the side that is joined."""
    where = node.args.get("where")
    found = set(_held(where.this if where is not None else None))
    for join in node.args.get("joins") or []:
        right = (join.this.alias_or_name or "").lower()
        # ON of an outer join filters the joined side only.
        held = _held(join.args.get("on"))
        found |= {pair for pair in held if pair[0] == right or not join.side}
    return Fixed(frozenset(found))


def _held(on: exp.Expr | None) -> Iterator[tuple[str, str]]:
    for part in conditions_of(on):
        if not isinstance(part, exp.EQ):
            continue
        for side, other in ((part.this, part.expression), (part.expression, part.this)):
            if isinstance(side, exp.Column) and _is_one_value(other):
                yield side.table.lower(), side.name.lower()


def _is_one_value(node: exp.Expr) -> bool:
    if isinstance(node, exp.Literal | exp.Boolean):
        return True
    if isinstance(node, exp.Paren | exp.Neg | exp.Cast):
        return _is_one_value(node.this)
    return isinstance(node, exp.Func) and call_name(node) in (
        "CUSTOM_PARAMETER",
        "BUILT_IN_PARAMETER",
    )
