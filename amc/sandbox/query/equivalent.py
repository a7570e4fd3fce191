"""Equivalent users: the total of a figure divided by the largest single user's part in it.

AMC names them in its reasons ("… equivalent users < 2 required") and does not publish where it asks
for them. Our rule: where a row needs 100 users, nobody may hold more than half of a figure. It is
worked out for sums that the outermost SELECT makes of rows of one user each; a sum of sums whose
users were grouped away before has none.

The parts are a second query over the same rows, grouped by the keys and the user, beside the first.
"""

from dataclasses import dataclass

from sqlglot import exp

from amc.sandbox.query.carriers import HIDDEN, Carrier, Tally
from amc.sandbox.query.grouping import Grouping
from amc.sandbox.query.scope import Scope

KEY = "__amc_k"


@dataclass(slots=True)
class Level:
    """A SELECT that was read: its node, what is in FROM, and its keys."""

    node: exp.Select
    scope: Scope
    grouping: Grouping

    @property
    def person(self) -> Carrier | None:
        """The one user of a row of FROM; None when there may be several, or none."""
        carriers = self.scope.row_carriers()
        return carriers[0] if len(carriers) == 1 and carriers[0].one else None


def sums_in(item: exp.Expr) -> list[exp.Sum]:
    """The sums that an output expression is made of; not those of windows and subqueries."""
    found, waiting = [], [item]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Window | exp.Query | exp.Subquery):
            continue
        if isinstance(node, exp.Sum):
            found.append(node)
        else:
            waiting.extend(node.iter_expressions())
    return [node for node in found if not isinstance(node.this, exp.Distinct)]


def with_equivalents(
    level: Level, metrics: list[int], tally: Tally
) -> tuple[exp.Select, dict[int, str]] | None:
    """The query with hidden columns of equivalent users, and their names by output column.

    Args:
        level: the outermost SELECT, all other hidden columns appended already.
        metrics: places of the output columns that are figures.
        tally: gives hidden names.

    Returns:
        None where the rule has nothing to ask.
    """
    node, person = level.node, level.person
    sums = {place: found for place in metrics if (found := sums_in(node.expressions[place]))}
    keys = [key for key, _ in level.grouping.keys]
    if person is None or not keys or not sums or node.args.get("distinct") is not None:
        return None
    user = person.here("one").copy()
    flat = [part for found in sums.values() for part in found]
    parts = _parts(node, keys, user, flat)
    names = {place: tally.fresh() for place in sums}
    return _joined(node, keys, parts, sums, names), names


def _parts(
    node: exp.Select, keys: list[exp.Expr], user: exp.Expr, sums: list[exp.Sum]
) -> exp.Select:
    """Total divided by the largest user's part, for every key and every sum."""
    inner = exp.Select(
        expressions=[
            *(exp.alias_(key.copy(), f"k{n}") for n, key in enumerate(keys)),
            exp.alias_(user, "u"),
            *(exp.alias_(found.copy(), f"v{n}") for n, found in enumerate(sums)),
        ],
        group=exp.Group(expressions=[exp.Literal.number(n + 1) for n in range(len(keys) + 1)]),
    )
    for clause in ("from_", "joins", "where"):
        given = node.args.get(clause)
        if given is not None:
            inner.set(clause, [j.copy() for j in given] if clause == "joins" else given.copy())
    shares = [
        exp.alias_(
            exp.Div(
                this=exp.Sum(this=exp.column(f"v{n}")), expression=exp.Max(this=exp.column(f"v{n}"))
            ),
            f"e{n}",
        )
        for n in range(len(sums))
    ]
    known = exp.not_(exp.Is(this=exp.column("u"), expression=exp.null()))
    return (
        exp.select(*(exp.column(f"k{n}") for n in range(len(keys))), *shares)
        .from_(inner.subquery("p"), copy=False)
        .where(known, copy=False)
        .group_by(*(exp.Literal.number(n + 1) for n in range(len(keys))), copy=False)
    )


def _joined(
    node: exp.Select,
    keys: list[exp.Expr],
    parts: exp.Select,
    sums: dict[int, list[exp.Sum]],
    names: dict[int, str],
) -> exp.Select:
    """The query with the parts beside it, joined by the keys."""
    hidden = [item.alias for item in node.expressions if item.alias.startswith(HIDDEN)]
    width = len(node.expressions) - len(hidden)
    for number, key in enumerate(keys):
        node.append("expressions", exp.alias_(key.copy(), f"{KEY}{number}"))
    clause = node.args.get("with_")
    node.set("with_", None)
    columns = [*(f"c{n}" for n in range(width)), *hidden, *(f"{KEY}{n}" for n in range(len(keys)))]
    alias = exp.TableAlias(
        this=exp.to_identifier("q"), columns=[exp.to_identifier(name) for name in columns]
    )
    equivalents, at = [], 0
    for place, found in sums.items():
        each: list[exp.Expr] = [exp.column(f"e{n}", table="s") for n in range(at, at + len(found))]
        least = each[0] if len(each) == 1 else exp.Least(this=each[0], expressions=each[1:])
        equivalents.append(exp.alias_(least, names[place]))
        at += len(found)
    same = [
        exp.NullSafeEQ(
            this=exp.column(f"{KEY}{n}", table="q"), expression=exp.column(f"k{n}", table="s")
        )
        for n in range(len(keys))
    ]
    made = exp.Select(
        expressions=[
            *(
                exp.alias_(exp.column(name, table="q"), name)
                for name in [*columns[:width], *hidden]
            ),
            *equivalents,
        ],
        from_=exp.From(this=exp.Subquery(this=node, alias=alias)),
        joins=[
            exp.Join(
                this=exp.Subquery(this=parts, alias=exp.TableAlias(this=exp.to_identifier("s"))),
                side="LEFT",
                on=exp.and_(*same, copy=False),
            )
        ],
    )
    made.set("with_", clause)
    return made
