"""What is known of an expression's values, from its parts: type, threshold, lineage, money, zone.

Facts are made bottom-up by the walk (`amc.sql.analysis`), one a node, and travel with the outputs
of CTEs and subqueries: so a rule sees the lineage of a value, not the text of its name.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlglot import exp

from amc.sql.catalog import THRESHOLDS, Column
from amc.sql.types import UNKNOWN, SqlType, parse_type

if TYPE_CHECKING:
    from amc.sql.catalog import DataSource

HIGH = THRESHOLDS.index("HIGH")
VERY_HIGH = THRESHOLDS.index("VERY_HIGH")
LOW = THRESHOLDS.index("LOW")


@dataclass(frozen=True, slots=True)
class Money:
    """Where an amount comes from and what was done to it.

    Attributes:
        unit: microcents or millicents, as the table keeps it.
        table, column: where it stands.
        factor: product of the constants that it was multiplied with.
        scaled: whether a constant other than 1 took part.
        shared: whether it was divided by something that is no constant.
        node: the calculation with the last constant.
    """

    unit: str
    table: str
    column: str
    factor: float = 1.0
    scaled: bool = False
    shared: bool = False
    node: exp.Expr | None = None


@dataclass(slots=True, eq=False)
class Fact:
    """What is known of a value.

    Attributes:
        type: its type; UNKNOWN when that is not certain.
        threshold: index into THRESHOLDS.
        given: whether literals or parameters make it, or influence it.
        real: whether a table's column makes it.
        money: set for amounts in fractions of a cent.
        zone: `utc` or `local` for times of known zone.
        user: whether it is a user id, unchanged.
        constant: the number of a literal.
        column: the table's column, when it is one unchanged; `table` is its table.
    """

    type: SqlType = UNKNOWN
    threshold: int = 0
    given: bool = False
    real: bool = False
    money: Money | None = None
    zone: str = ""
    user: bool = False
    constant: float | None = None
    column: Column | None = None
    table: str = ""


NOTHING = Fact()


_type = lru_cache(maxsize=1000)(parse_type)


def of_column(table: "DataSource", name: str, column: Column) -> Fact:
    """The fact of a table's column."""
    local = "local" if f"{name}_utc" in table.columns else ""
    zone = "utc" if name.endswith("_utc") else local
    return Fact(
        type=_type(column.data_type),
        threshold=THRESHOLDS.index(column.threshold),
        real=True,
        money=Money(column.unit, table.name.lower(), name) if column.unit else None,
        zone=zone,
        user=name == "user_id",
        column=column,
        table=table.name.lower(),
    )


def merged(facts: list[Fact], kind: SqlType) -> Fact:
    """The fact of a value that may come from any of these (branches, UNION sides)."""
    if len(facts) == 1:
        return replace(facts[0], type=kind) if facts[0].type != kind else facts[0]
    # A NULL or a 0 in one branch says nothing about money and zones.
    telling = [f for f in facts if f.constant is None and f.type.name != "NULL"]
    zones = {f.zone for f in telling}
    money = [f.money for f in telling]
    same = money and all(m is not None and m.unit == money[0].unit for m in money if money[0])
    return Fact(
        type=kind,
        threshold=max((f.threshold for f in facts), default=0),
        given=any(f.given for f in facts),
        real=any(f.real for f in facts),
        money=money[0] if same else None,
        zone=zones.pop() if len(zones) == 1 else "",
        user=bool(telling) and all(f.user for f in telling),
    )
