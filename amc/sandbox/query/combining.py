"""Relations made of relations: DISTINCT and UNION, with whoever stands behind them."""

from dataclasses import dataclass

from sqlglot import exp

from amc.sandbox.query.bodies import DistinctBody, SelectBody, UnionBody
from amc.sandbox.query.carriers import Carrier, Out, Tally
from amc.sandbox.query.model import Column, Relation, combine, unique


@dataclass(slots=True)
class Finished:
    """A query body with what it gives."""

    relation: Relation
    body: SelectBody | UnionBody | DistinctBody


def distinct(node: exp.Query, inside: Finished, tally: Tally) -> Finished:
    """One row for equal rows, with the persons of all of them."""
    body = DistinctBody(inside.body, node, len(inside.relation.columns), tally)
    persons = {c.value.person: c for c in inside.relation.columns if c.value.person is not None}
    alone = len(inside.relation.columns) == 1
    made: dict[Carrier, Out] = {}

    def out(carrier: Carrier) -> Out:
        if carrier not in made and isinstance(carrier, Out):
            if carrier in persons:
                made[carrier] = Out(
                    body, tally, one=True, distinct=alone, parts=((carrier,),),
                    visible=persons[carrier].name,
                )  # fmt: skip
            else:
                made[carrier] = Out(body, tally, one=False, parts=((carrier,),))
        return made[carrier]

    columns = [
        Column(
            column.name,
            column.value.but(
                person=out(column.value.person) if column.value.person else None,
                carriers=unique(tuple(out(c) for c in column.value.carriers)),
            ),
        )
        for column in inside.relation.columns
    ]
    carriers = unique(tuple(out(c) for c in inside.relation.carriers))
    relation = inside.relation
    return Finished(Relation(columns, carriers, relation.paths, relation.single_row), body)


def union(node: exp.SetOperation, first: Finished, second: Finished, tally: Tally) -> Finished:
    """The rows of both; the tree may still say DISTINCT."""
    left, right = first.relation, second.relation
    body = UnionBody((first.body, second.body))
    row = _union_out(tally, body, left.carriers, right.carriers)
    columns = []
    for one, other in zip(left.columns, right.columns, strict=True):
        mine = (one.value.carriers, other.value.carriers)
        whole = all(set(c) <= set(r.carriers) for c, r in zip(mine, (left, right), strict=True))
        carriers = row if whole else _union_out(tally, body, *mine)
        person = None
        if one.value.person and other.value.person and len(row) == 1 and row[0].one:
            person = row[0]
            person.visible = one.name
        value = combine(one.value, other.value)
        metric = one.value.metric or other.value.metric
        has_users = bool(mine[0] or mine[1])
        columns.append(
            Column(
                one.name,
                value.but(
                    person=person,
                    carriers=carriers if has_users else (),
                    metric=metric,
                    user_id=one.value.user_id or other.value.user_id,
                ),
            )
        )
    relation = Relation(columns, row, left.paths | right.paths)
    if node.args.get("distinct"):
        return distinct(node, Finished(relation, body), tally)
    return Finished(relation, body)


def _union_out(
    tally: Tally, body: UnionBody, left: tuple[Carrier, ...], right: tuple[Carrier, ...]
) -> tuple[Out, ...]:
    parts = tuple(tuple(c for c in side if isinstance(c, Out)) for side in (left, right))
    if not any(parts):
        return ()
    one = all(len(side) <= 1 and all(c.one for c in side) for side in parts)
    return (Out(body, tally, one=one, parts=parts),)
