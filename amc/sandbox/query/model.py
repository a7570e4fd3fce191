"""The words of the analysis: levels, values, columns, relations, and who stands behind a row."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from sqlglot import exp

if TYPE_CHECKING:
    from amc.sandbox.query.carriers import Carrier


class Level(IntEnum):
    """Aggregation thresholds of AMC, the stricter the higher."""

    NONE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    VERY_HIGH = 4
    INTERNAL = 5

    @property
    def required(self) -> int:
        """How many distinct users a row with such a column needs."""
        return 1 if self is Level.NONE else 2 if self is Level.LOW else 100

    @property
    def never_shown(self) -> bool:
        """Whether no row may show it, however many users stand behind it."""
        return self >= Level.VERY_HIGH


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of an expression, whatever its rows will be.

    Attributes:
        level: the strictest threshold of what it was made from.
        literal: whether a literal or a parameter had a hand in it.
        metric: whether it is a figure (role METRIC) and no dimension.
        aggregate: whether it holds an aggregate of the SELECT it stands in.
        collected: whether it is a list made by COLLECT (its length is a count).
        merge: how rows are brought together when dimensions are blanked: sum, min or max.
        person: the carrier of which this value is the user id, if it is one.
        user_id: whether it is a user id, untouched, of whomever (or NULL).
        null: whether it is nothing but NULL.
        carriers: who stands behind the value.
        paths: the numbers of the data source reads it comes from.
    """

    level: Level = Level.NONE
    literal: bool = False
    metric: bool = False
    aggregate: bool = False
    collected: bool = False
    merge: str = "sum"
    person: "Carrier | None" = None
    user_id: bool = False
    null: bool = False
    carriers: "tuple[Carrier, ...]" = ()
    paths: frozenset[int] = frozenset()

    def but(self, **changes: Any) -> "Value":
        """The same with some attributes changed."""
        return replace(self, **changes)


def unique(carriers: "tuple[Carrier, ...]") -> "tuple[Carrier, ...]":
    """Each carrier once, in order."""
    return tuple(dict.fromkeys(carriers))


def combine(*values: Value) -> Value:
    """What an expression over these values is."""
    carriers: tuple[Carrier, ...] = ()
    paths: frozenset[int] = frozenset()
    for value in values:
        carriers += value.carriers
        paths |= value.paths
    return Value(
        level=max((v.level for v in values), default=Level.NONE),
        literal=any(v.literal for v in values),
        metric=any(v.metric for v in values),
        aggregate=any(v.aggregate for v in values),
        collected=any(v.collected for v in values),
        merge=next((v.merge for v in values if v.metric), "sum"),
        carriers=unique(carriers),
        paths=paths,
    )


@dataclass(slots=True)
class Column:
    """A column of a relation; `name` as written, compared without letter case."""

    name: str
    value: Value

    @property
    def key(self) -> str:
        """The name for comparing."""
        return self.name.lower()


@dataclass(slots=True)
class Relation:
    """What a table, CTE, subquery or SELECT gives.

    Attributes:
        columns: the visible columns, in order.
        carriers: who stands behind a row as a whole.
        single_row: whether there is at most one row.
        on_hidden: told of every hidden column's name that is added (column lists must grow).
    """

    columns: list[Column]
    carriers: "tuple[Carrier, ...]" = ()
    paths: frozenset[int] = frozenset()
    single_row: bool = False
    on_hidden: list[Callable[[str], None]] = field(default_factory=list)

    def find(self, name: str) -> list[Column]:
        """The columns of a name."""
        return [column for column in self.columns if column.key == name.lower()]


@dataclass(slots=True)
class Read:
    """One read of a data source by the query.

    Attributes:
        number: counts the reads of the query from 0.
        source: the name in the catalog.
        node: the node in the tree that reads.
        shadow: read again only to learn who stands behind a scalar subquery.
    """

    number: int
    source: str
    node: exp.Expr
    shadow: bool = False
