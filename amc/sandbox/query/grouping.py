"""GROUP BY: what its items are, and that everything else is aggregated."""

from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from amc.sandbox.query import functions
from amc.sandbox.query.carriers import Carrier, Direct, Gathered
from amc.sandbox.query.complaints import Complaints
from amc.sandbox.query.model import Value
from amc.sandbox.query.scope import Scope
from amc.sandbox.query.values import Reader
from amc.sql.nodes import call_name


@dataclass(slots=True)
class Grouping:
    """The keys of a GROUP BY; `stated` tells an empty one from none."""

    stated: bool = False
    keys: list[tuple[exp.Expr, Value]] = field(default_factory=list)

    def key_of(self, person: Carrier) -> exp.Expr | None:
        """The key that is the user id of a carrier."""
        return next((key for key, value in self.keys if value.person is person), None)

    def only(self, person: Carrier) -> bool:
        """Whether a group is a person: no other key can part it."""
        return all(value.person is person or not value.paths for _, value in self.keys)


def group_keys(node: exp.Select, reader: Reader, complaints: Complaints) -> Grouping:
    """The keys, with ordinals and aliases resolved; the tree gets ordinals for aliases.

    Raises:
        CompileError: an ordinal out of range, an aggregate as key, …
    """
    clause = node.args.get("group")
    if clause is None:
        return Grouping()
    for kind in ("grouping_sets", "cube", "rollup"):
        if clause.args.get(kind):
            raise complaints.at(clause, "GROUPING SETS, CUBE and ROLLUP are not supported")
    grouping = Grouping(stated=True)
    for item in list(clause.expressions):
        expression = _resolved(item, node, complaints)
        value = reader.read(expression)
        if value.person is not None and not reader.scope.whole(value.person):
            value = value.but(person=None)
        grouping.keys.append((expression, value))
    return grouping


def _resolved(item: exp.Expr, node: exp.Select, complaints: Complaints) -> exp.Expr:
    """The expression that a GROUP BY item stands for."""
    if isinstance(item, exp.Literal) and not item.is_string:
        place = int(item.name) if item.name.isdigit() else 0
        if not 1 <= place <= len(node.expressions):
            raise complaints.at(item, "Ordinal out of range")
        return _bare(node.expressions[place - 1])
    if isinstance(item, exp.Column) and not item.table:
        named = [
            (place, selected)
            for place, selected in enumerate(node.expressions, 1)
            if isinstance(selected, exp.Alias) and selected.alias.lower() == item.name.lower()
        ]
        if len(named) > 1:
            raise complaints.at(item, f"Column '{item.name}' is ambiguous")
        if named and not has_aggregate(named[0][1]):
            item.replace(exp.Literal.number(named[0][0]))
            return _bare(named[0][1])
    return item


def _bare(node: exp.Expr) -> exp.Expr:
    return node.this if isinstance(node, exp.Alias) else node


def has_aggregate(node: exp.Expr) -> bool:
    """Whether an aggregate (not one with OVER) stands in an expression, subqueries aside."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, exp.Query | exp.Subquery):
            continue
        if isinstance(part, exp.Window):
            waiting.extend(part.this.iter_expressions())
            continue
        if isinstance(part, exp.Func) and call_name(part) in functions.AGGREGATES:
            return True
        waiting.extend(part.iter_expressions())
    return False


def expand_aliases(clause: exp.Expr, node: exp.Select) -> None:
    """Put select expressions in place of their aliases in HAVING; the alias wins over a column."""
    named = {s.alias.lower(): s.this for s in node.expressions if isinstance(s, exp.Alias)}

    waiting = [clause]
    while waiting:
        for child in list(waiting.pop().iter_expressions()):
            if isinstance(child, exp.Query | exp.Subquery):
                continue
            if isinstance(child, exp.Func) and call_name(child) in functions.AGGREGATES:
                continue
            if isinstance(child, exp.Column) and not child.table and child.name.lower() in named:
                child.replace(exp.paren(named[child.name.lower()].copy(), copy=False))
                continue
            waiting.append(child)


def check_grouped(
    node: exp.Select, grouping: Grouping, scope: Scope, complaints: Complaints
) -> None:
    """Refuse what is neither a key nor aggregated.

    Raises:
        CompileError: `Expression 'x' is not being grouped`.
    """
    keys = {_shape(key, scope) for key, _ in grouping.keys}

    def check(part: exp.Expr) -> None:
        if isinstance(part, exp.Query | exp.Subquery) or _shape(part, scope) in keys:
            return
        if isinstance(part, exp.Window):
            for child in (*part.this.iter_expressions(), *_window_parts(part)):
                check(child)
            return
        if isinstance(part, exp.Func) and call_name(part) in functions.AGGREGATES:
            return
        if isinstance(part, exp.Column) and id(part) in scope.resolved:
            if scope.resolved[id(part)] is not None:
                raise complaints.at(
                    part, f"Expression '{complaints.written(part)}' is not being grouped"
                )
            return
        flat = isinstance(part, exp.Connector)
        for child in part.flatten(unnest=False) if flat else part.iter_expressions():
            check(child)

    having = node.args.get("having")
    for item in [*node.expressions, *([having.this] if having is not None else [])]:
        check(item)


def _window_parts(node: exp.Window) -> list[exp.Expr]:
    order = node.args.get("order")
    return [
        *(node.args.get("partition_by") or ()),
        *([o.this for o in order.expressions] if order is not None else ()),
    ]


def _shape(node: Any, scope: Scope) -> Any:
    """An expression as something to compare: names resolved, letter case and brackets aside."""
    if isinstance(node, exp.Column):
        return ("column", scope.resolved.get(id(node)) or node.sql().lower())
    if isinstance(node, exp.Paren | exp.Alias):
        return _shape(node.this, scope)
    if isinstance(node, exp.Identifier):
        return node.name.lower()
    if isinstance(node, exp.Connector):
        return (
            type(node).__name__,
            tuple(_shape(part, scope) for part in node.flatten(unnest=False)),
        )
    if isinstance(node, exp.Expr):
        parts = tuple(
            (key, _shape(value, scope)) for key, value in sorted(node.args.items()) if value
        )
        return (type(node).__name__, parts)
    if isinstance(node, list):
        return tuple(_shape(item, scope) for item in node)
    return node


@dataclass(slots=True)
class Lift:
    """How carriers of FROM come through an aggregation."""

    grouping: Grouping
    made: dict[tuple[Carrier, str], Carrier] = field(default_factory=dict)
    lifted: set[Carrier] = field(default_factory=set)

    def __call__(self, carrier: Carrier, where: exp.Expr | None) -> Carrier:
        """The carrier of those rows where a condition holds."""
        key = self.grouping.key_of(carrier)
        if key is not None:
            return self._keyed(carrier, key)
        memo = (carrier, where.sql() if where is not None else "")
        if memo not in self.made:
            self.made[memo] = Gathered(carrier, where)
            self.lifted.add(self.made[memo])
        return self.made[memo]

    def row(self, carrier: Carrier) -> Carrier:
        """The carrier of all rows of a group."""
        return carrier if carrier in self.lifted else self(carrier, None)

    def _keyed(self, carrier: Carrier, key: exp.Expr) -> Carrier:
        memo = (carrier, "key")
        if memo not in self.made:
            self.made[memo] = Direct(
                lambda _form: key.copy(), one=True, distinct=self.grouping.only(carrier)
            )
            self.lifted.add(self.made[memo])
        return self.made[memo]
