"""Rows read one by one where they must be: one that cannot be read never hides the others.

A bulk query dies as a whole when one value of one row cannot be turned into what its column says.
`read_rows` then goes key by key, and gives the rows that can be read beside what is wrong with
the others. Nothing is changed: what is unreadable stays byte for byte as it is.
"""

from collections.abc import Callable
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from sqlalchemy import inspect, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from amc.log import get_logger, mask

log = get_logger(__name__)

_WORDS: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "yes or no",
    bytes: "bytes",
}
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that cannot be used: what is known of it, and what is wrong."""

    key: Any
    known: dict[str, Any]
    reason: str

    @property
    def public_id(self) -> str:
        """Its public id, as far as that can be read."""
        return str(self.known.get("public_id", ""))

    @property
    def name(self) -> str:
        """Its name or, without a readable one, its public id."""
        return str(self.known.get("name") or self.public_id or f"row {self.key}")


def read_rows(
    session: Session,
    query: Any,
    entity: type[Any],
    judge: Callable[[Any], str] | None = None,
    stand_in: Callable[[Unreadable], Any] | None = None,
) -> tuple[list[Any], list[Unreadable]]:
    """The rows of a query that can be used, in its order, and those that cannot.

    Args:
        session: to read with.
        query: selects `entity` first, and perhaps what belongs to it.
        entity: what a row is told by; it has one key column.
        judge: what is wrong with a row that was read; empty for nothing. `unfit` when not given.
        stand_in: makes what takes the place of an unreadable row among the others.
    """
    wrong = judge or unfit
    try:
        found = list(session.execute(query))
    except Exception as exc:
        if not blames_row(exc):
            raise
    else:
        if not any(_wrong_in(row, wrong) for row in found):
            return [_plain(row) for row in found], []
    return _one_by_one(session, query, entity, wrong, stand_in)


def _one_by_one(
    session: Session,
    query: Any,
    entity: type[Any],
    wrong: Callable[[Any], str],
    stand_in: Callable[[Unreadable], Any] | None,
) -> tuple[list[Any], list[Unreadable]]:
    column = key_of(entity)
    keys = list(session.scalars(query.with_only_columns(column, maintain_column_froms=True)))
    # A row that failed may be known to the session in part.
    single = query.limit(None).offset(None).execution_options(populate_existing=True)
    rows: list[Any] = []
    unreadable = []
    for key in keys:
        try:
            found = list(session.execute(single.where(column == key)))
            reason = next((words for row in found if (words := _wrong_in(row, wrong))), "")
        except Exception as exc:
            if not blames_row(exc):
                raise
            reason = said(exc)
        if reason:
            unreadable.append(Unreadable(key, salvage(session, entity, key), reason))
            rows += [stand_in(unreadable[-1])] if stand_in else []
        else:
            rows += [_plain(row) for row in found]
    return rows, unreadable


def _wrong_in(row: Any, wrong: Callable[[Any], str]) -> str:
    return wrong(row[0]) or next((words for one in row[1:] if (words := unfit(one))), "")


def _plain(row: Any) -> Any:
    return row[0] if len(row) == 1 else tuple(row)


def key_of(entity: type) -> Any:
    """The one key column of a table."""
    mapper: Any = inspect(entity)
    (column,) = mapper.primary_key
    return getattr(entity, column.name)


def blames_row(exc: Exception) -> bool:
    """Whether an error while reading is about what stands in the row, not about the database."""
    return not isinstance(exc, DBAPIError) or "decode" in str(exc.orig).lower()


def said(exc: Exception) -> str:
    """Why a row cannot be read, in one line that holds no secret."""
    words = str(exc.orig) if isinstance(exc, DBAPIError) else str(exc)
    words = mask(" ".join(words.split()))[:_LONGEST]
    return f"its stored form cannot be read ({type(exc).__name__}: {words})"


def unfit(row: Any) -> str:
    """What is wrong with the values of a row that was loaded; empty when all are what they say.

    JSON and SQLite's columns take anything: null where an object stands, a text for a number.
    """
    values = vars(row)
    for name, (kind, optional, longest) in _kinds(row.__class__).items():
        if name in values and (
            wrong := _wrong(values[name], kind, optional=optional, longest=longest)
        ):
            return f"its stored form cannot be read ({name} {wrong})"
    return ""


def _wrong(value: Any, kind: type, *, optional: bool, longest: int | None) -> str:
    if value is None:
        return "" if optional else "is missing"
    whole = isinstance(value, int) and not isinstance(value, bool)
    fits = whole if kind is int else isinstance(value, kind) or (kind is float and whole)
    if not fits:
        return f"is not {_WORDS.get(kind, 'an instant')}"
    if longest is not None and isinstance(value, str) and len(value) > longest:
        return f"is longer than {longest} characters"
    return ""


@cache
def _kinds(entity: Any) -> dict[str, tuple[type, bool, int | None]]:
    """Column → its type in Python, whether it may be empty, how long a text may be."""
    hints = get_type_hints(entity)
    found = {}
    mapper: Any = inspect(entity)
    for attribute in mapper.column_attrs:
        (kind,) = get_args(hints[attribute.key])
        parts = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
        plain = next(part for part in parts if part is not NoneType)
        length = getattr(attribute.columns[0].type, "length", None)
        found[attribute.key] = (get_origin(plain) or plain, NoneType in parts, length)
    return found


def salvage(session: Session, entity: type, key: Any) -> dict[str, Any]:
    """The columns of a row that can be read, by name."""
    found: dict[str, Any] = {}
    for name, (kind, optional, longest) in _kinds(entity).items():
        with suppress(Exception):
            query = select(getattr(entity, name)).where(key_of(entity) == key)
            value = session.execute(query).scalar_one()
            if not _wrong(value, kind, optional=optional, longest=longest):
                found[name] = value
    return found


_NEUTRAL: dict[type, Any] = {dict: {}, list: [], str: "", int: 0, float: 0.0, bool: False}
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def stand_in_for(session: Session, entity: type, key: Any) -> Any:
    """A row to look at, with all that can be read and neutral values for the rest.

    It belongs to no session: what is done with it changes nothing.
    """
    known = salvage(session, entity, key)
    neutral = {
        name: None if optional else copy(_NEUTRAL.get(kind, _NO_TIME))
        for name, (kind, optional, _) in _kinds(entity).items()
    }
    return entity(**(neutral | known))


def shown(session: Session, query: Any, entity: type) -> list[Any]:
    """The rows of a query; in place of one that cannot be read, what can be read of it."""

    def stand_in(found: Unreadable) -> Any:
        log.warning(
            "row cannot be read",
            action="db.unreadable",
            table=entity.__name__,
            name=found.name,
            reason=found.reason,
        )
        return stand_in_for(session, entity, found.key)

    rows, _ = read_rows(session, query, entity, stand_in=stand_in)
    return rows


def loaded_or_stand_in(session: Session, entity: type, key: Any) -> Any:
    """A row by its key, or what can be read of it."""
    query: Any = select(entity).where(key_of(entity) == key)
    rows, _ = read_rows(
        session, query, entity, stand_in=lambda one: stand_in_for(session, entity, one.key)
    )
    return rows[0] if rows else stand_in_for(session, entity, key)


def mend(session: Session, entity: type, key: Any, neutral: dict[str, Any]) -> None:
    """Put neutral values in place of those that cannot be read, so that the row can be changed."""
    known = salvage(session, entity, key)
    values = {name: value for name, value in neutral.items() if name not in known}
    if values:
        session.execute(update(entity).where(key_of(entity) == key).values(**values))
