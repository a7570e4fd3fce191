"""Every column of every table as an expression of DuckDB over narrow facts and dimensions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from amc.errors import MissingError
from amc.sandbox.events.calendar import RETENTION
from amc.sandbox.events.dims import DIMENSIONS
from amc.sandbox.events.people import sql_is_resolved, sql_scrambled, sql_user_id, sql_user_id_type
from amc.sandbox.events.plan import Plan
from amc.sql.catalog import DataSource

TYPES: Mapping[str, str] = {
    "STRING": "VARCHAR",
    "LONG": "BIGINT",
    "INTEGER": "INTEGER",
    "DECIMAL": "DECIMAL(38,4)",
    "DOUBLE": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP",
    "ARRAY[LONG]": "BIGINT[]",
    "ARRAY[INTEGER]": "INTEGER[]",
}
"""DuckDB types of the catalog's types; DECIMAL(p,s) stands for itself."""


USER_NUMBER = "user_number"
"""A column that every table with users has besides AMC's: the user_id as a number."""


def duck_type(data_type: str) -> str:
    """The DuckDB type of a catalog type."""
    return TYPES.get(data_type, data_type)


def literal(value: datetime) -> str:
    """An instant as a TIMESTAMP literal (UTC, no zone)."""
    return f"TIMESTAMP '{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"


@dataclass(frozen=True)
class Scope:
    """What column expressions may depend on: the instance, and the window with its margins."""

    plan: Plan
    start: datetime
    end: datetime

    @property
    def prefix(self) -> str:
        """The beginning of this instance's user ids and event ids."""
        return self.plan.prefix

    def local(self, time: str) -> str:
        """A UTC instant in the advertiser's zone; offsets are worked out here, not by DuckDB."""
        pieces = self._offsets()
        last = pieces[-1][1]
        text = "".join(
            f"WHEN {time} < {literal(until)} THEN {_shifted(time, minutes)} "
            for until, minutes in pieces[:-1]
        )
        return f"CASE {text}ELSE {_shifted(time, last)} END" if text else _shifted(time, last)

    def _offsets(self) -> list[tuple[datetime, int]]:
        zone = ZoneInfo(self.plan.instance.timezone)
        at = (self.start - timedelta(days=40)).replace(minute=0, second=0, microsecond=0)
        stop = self.end + timedelta(days=40)
        found: list[tuple[datetime, int]] = []
        before = _offset(zone, at)
        while at < stop:
            after = at + timedelta(days=1)
            if _offset(zone, after) != before:
                change = at
                while _offset(zone, change) == before:
                    change += timedelta(minutes=30)
                found.append((change, before))
                before = _offset(zone, after)
            at = after
        return [*found, (stop, before)]


def _offset(zone: ZoneInfo, at: datetime) -> int:
    span = at.astimezone(zone).utcoffset()
    return int(span.total_seconds() // 60) if span else 0


def _shifted(time: str, minutes: int) -> str:
    if not minutes:
        return time
    sign = "+" if minutes > 0 else "-"
    return f"{time} {sign} INTERVAL {abs(minutes)} MINUTE"


@dataclass(frozen=True)
class Join:
    """A dimension table and how the fact `f` (or a joined table) finds its row.

    Attributes:
        names: columns that the view calls otherwise: name in AMC -> name in the dimension.
        only: an SQL condition; where it does not hold the dimension's columns are NULL.
    """

    dimension: str
    on: str
    names: Mapping[str, str] = field(default_factory=dict)
    only: str = ""


@dataclass(frozen=True)
class View:
    """How a data source is made from the cache.

    Attributes:
        table: the fact's table in the cache.
        time: the fact's column that the window applies to.
        arrives: the column whose lateness hides a row.
        where: a condition on the fact.
        families: prefix of time columns -> UTC instant (`impression` gives impression_dt…).
        columns: AMC's column -> expression.
        joins: dimensions, by alias.
        source: a SELECT in place of the fact's rows; {fact} stands for them, {other} for those
            of another table.
        margin_days: how far before and after the window the fact's blocks are needed.
        others: further tables of the cache that `source` names.
        memory: how far back AMC keeps the rows.
        members: instead of a fact, everybody with the segments of this expression.
    """

    table: str
    time: str
    arrives: str
    families: Mapping[str, str]
    columns: Mapping[str, str]
    joins: Mapping[str, Join]
    where: str = ""
    source: str = ""
    margin_days: tuple[int, int] = (0, 0)
    others: tuple[str, ...] = ()
    memory: timedelta = RETENTION
    members: str = ""


_SUFFIXES = ("dt_hour_utc", "dt_hour", "dt_utc", "dt", "date_utc", "date", "day_utc", "day",
             "hour_utc", "hour", "month_utc")  # fmt: skip
DIMENSION_COLUMNS: dict[str, frozenset[str]] = {}


def dimension_columns(plan: Plan, name: str) -> frozenset[str]:
    """The names of a dimension's columns (the same for every instance)."""
    if name not in DIMENSION_COLUMNS:
        DIMENSION_COLUMNS[name] = frozenset(next(iter(DIMENSIONS[name](plan)))) - {"i"}
    return DIMENSION_COLUMNS[name]


@dataclass(frozen=True)
class Resolver:
    """Finds the expression of a column of a view."""

    view: View
    source: DataSource
    scope: Scope

    def user_number(self) -> str:
        """The user as a number, NULL where the user_id is."""
        known = f"CASE WHEN {sql_is_resolved('f.user')} THEN f.user END"
        return self.view.columns["user_id"].replace("{user_id}", known)

    def expression(self, name: str) -> tuple[str, str | None]:
        """A typed expression, and the alias of the dimension that it needs.

        Raises:
            MissingError: the table has no such column.
        """
        if name == USER_NUMBER and self.source.column("user_id") is not None:
            return f"CAST({self.user_number()} AS UINTEGER)", None
        column = self.source.column(name)
        if column is None:
            raise MissingError(f"{self.source.name} has no column {name}.")
        raw, alias = self._raw(name)
        return f"CAST({raw} AS {duck_type(column.data_type)})", alias

    def _raw(self, name: str) -> tuple[str, str | None]:
        if name in self.view.columns:
            return self._filled(self.view.columns[name])
        for prefix, instant in self.view.families.items():
            suffix = name.removeprefix(prefix + "_")
            if name.startswith(prefix + "_") and suffix in _SUFFIXES:
                return self._time(instant, suffix), None
        for alias, join in self.view.joins.items():
            inner = join.names.get(name, name)
            if inner in dimension_columns(self.scope.plan, join.dimension):
                found = f"{alias}.{inner}"
                return f"CASE WHEN {join.only} THEN {found} END" if join.only else found, alias
        raise MissingError(f"{self.source.name}.{name} is not served.")

    def _filled(self, text: str) -> tuple[str, str | None]:
        filled = (
            text.replace("{prefix}", self.scope.prefix)
            .replace("{user_id}", sql_user_id("f.user", self.scope.prefix))
            .replace("{user_id_type}", sql_user_id_type("f.user"))
            .replace("{scrambled}", sql_scrambled("f.user"))
            .replace("{currency}", self.scope.plan.instance.market.currency)
            .replace("{marketplace}", self.scope.plan.instance.market.domain)
            .replace("{marketplace_id}", str(self.scope.plan.instance.market.number))
        )
        alias = next((a for a in self.view.joins if f"{a}." in filled), None)
        return filled, alias

    def _time(self, instant: str, suffix: str) -> str:
        utc = suffix.endswith("_utc")
        moment = instant if utc else f"({self.scope.local(instant)})"
        kind = suffix.removesuffix("_utc")
        return {
            "dt": moment,
            "dt_hour": f"date_trunc('hour', {moment})",
            "date": f"CAST({moment} AS DATE)",
            "day": f"day({moment})",
            "hour": f"hour({moment})",
            "month": f"month({moment})",
        }[kind]


def event_tag(number: str, prefix: str = "{prefix}") -> str:
    """A 12-character id of an event from its number below 2^36."""
    return f"'{prefix}' || to_base((({number}::UBIGINT * 179424673) % 68719476736)::BIGINT, 36, 7)"
