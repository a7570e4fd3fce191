"""Relations under the names that a query gives them: column lists, VALUES."""

from itertools import takewhile

from sqlglot import exp

from amc.sandbox.query.bodies import SelectBody
from amc.sandbox.query.carriers import Out
from amc.sandbox.query.combining import Finished
from amc.sandbox.query.complaints import Complaints
from amc.sandbox.query.model import Column, Relation, Value, unique


def renamed(relation: Relation, node: exp.Expr, complaints: Complaints) -> Relation:
    """The relation under the column list of its alias, `c (id, name)`, if it has one."""
    alias = node.args.get("alias")
    if not isinstance(alias, exp.TableAlias) or not alias.columns:
        return relation
    names = list(alias.columns)
    if len(names) != len(relation.columns):
        first, last = names[0].meta, names[-1].meta
        raise complaints.at(
            complaints.between(first.get("start"), last.get("end")),
            "Number of columns must match number of query columns",
        )

    def grow(name: str) -> None:
        alias.append("columns", exp.to_identifier(name))

    for out in _outs(relation):
        out.hooks.append(grow)
        if out.visible is not None:
            place = [column.key for column in relation.columns].index(out.visible.lower())
            out.visible = names[place].name
    columns = [
        Column(name.name, column.value)
        for name, column in zip(names, relation.columns, strict=True)
    ]
    return Relation(columns, relation.carriers, relation.paths, relation.single_row)


def values_of(node: exp.Values, complaints: Complaints) -> Finished:
    """The relation of a VALUES list, whose columns have no names of their own.

    Raises:
        CompileError: its rows differ in width.
    """
    rows = node.expressions
    width = len(rows[0].expressions) if isinstance(rows[0], exp.Tuple) else 1
    for row in rows:
        if isinstance(row, exp.Tuple) and len(row.expressions) != width:
            raise complaints.at(row, "Values passed to VALUES operator must have compatible types")
    columns = [Column(f"col{n}", Value(literal=True)) for n in range(width)]
    relation = Relation(columns, single_row=len(rows) == 1)
    return Finished(relation, SelectBody(exp.Select()))


def star_of(item: exp.Expr) -> str | None:
    """The table that a star in the SELECT list is of; empty for all; None when it is no star."""
    if isinstance(item, exp.Star):
        return ""
    if isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
        return item.table.lower()
    return None


def named_before(cte: exp.CTE, clause: exp.With) -> list[exp.CTE]:
    """The named queries of a WITH that stand before one of them."""
    return list(takewhile(lambda other: other is not cte, clause.expressions))


def _outs(relation: Relation) -> list[Out]:
    found = [*relation.carriers]
    for column in relation.columns:
        found += [*column.value.carriers, *([column.value.person] if column.value.person else [])]
    return [carrier for carrier in unique(tuple(found)) if isinstance(carrier, Out)]
