"""`{{ x }}` in an author's text: replaced by literals, or by a name from an allow-list.

What holds whatever the value: the bound text lexes to exactly the author's tokens, with each
placeholder replaced by literals (a list: literals and commas; behind VALUES: one row each), or by
one allowed name. Where a literal would grow together with its neighbour (`-{{ x }}`,
`'a'{{ x }}`), a blank is put between them.

A placeholder inside a comment is left alone: it means nothing to AMC. Inside a string or a quoted
name it is refused: nothing would be replaced there, and the author surely meant it to be.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from amc.errors import ParameterError
from amc.sql.errors import SqlSyntaxError
from amc.sql.lex import Kind, Token, lex
from amc.sql.placeholders import (
    Probe,
    Write,
    pieces,
    placeholder_name,
    placeholders,
    replaced,
    row_places,
)

_CONTROL = bytes([*range(9), *range(14, 32), 127])


def bind(
    sql: str,
    values: Mapping[str, Any],
    *,
    names: Mapping[str, Collection[str]] | None = None,
) -> str:
    """The text with every `{{ x }}` replaced by literals, or by an allowed name.

    Args:
        sql: the author's text; only this is lexed, whatever the size of the values.
        values: by name. A list becomes literals with commas; behind VALUES, one row each (a
            list or tuple inside the list is a row of several columns).
        names: the names that a placeholder may stand for, for those that are no literals.

    Raises:
        ParameterError: a value is missing, empty, or cannot stand there.
        SqlSyntaxError: a string, quoted name or comment is not closed, or holds a placeholder.
    """
    return "".join(text for text, _ in pieces(sql, _writer(values, names or {}, short=False)))


def probe(
    sql: str,
    values: Mapping[str, Any],
    *,
    names: Mapping[str, Collection[str]] | None = None,
) -> Probe:
    """Like `bind`, with the first literal or row of every list only, and places mapped back.

    Raises:
        ParameterError, SqlSyntaxError: as `bind`.
    """
    return replaced(sql, _writer(values, names or {}, short=True))


def bound(
    sql: str,
    values: Mapping[str, Any],
    *,
    names: Mapping[str, Collection[str]] | None = None,
) -> Probe:
    """The text that `bind` gives, with its places mapped back to the author's.

    Raises:
        ParameterError, SqlSyntaxError: as `bind`.
    """
    return replaced(sql, _writer(values, names or {}, short=False))


def _writer(
    values: Mapping[str, Any], names: Mapping[str, Collection[str]], *, short: bool
) -> Write:
    places: list[dict[int, int]] = []

    def write(tokens: Sequence[Token], index: int) -> str:
        if not places:  # once a text, however many placeholders it has
            places.append(row_places(tokens))
        name = placeholder_name(tokens[index])
        if name not in values:
            raise ParameterError(f"The parameter {name} has no value.", name=name)
        if name in names:
            _refuse_part_of_name(name, tokens, index)
            return _name(name, values[name], names[name])
        rows = index in places[0]
        if not rows and isinstance(values[name], list | tuple | set | frozenset):
            _refuse_list(name, tokens[index - 1] if index else None)
        return literals(name, _first(values[name]) if short else values[name], rows=rows)

    return write


_BEFORE_ONE_VALUE = {
    *("IN", "LIKE", "TO", "AND", "OR", "NOT", "BETWEEN", "WHEN", "THEN", "ELSE", "WHERE", "ON"),
    "HAVING",
}


def _refuse_list(name: str, before: Token | None) -> None:
    """A list where one value stands would be read as something else: `= 'a', 'b'`."""
    if before is None or before.text in ("(", "[", ","):
        return
    if before.kind is Kind.SYMBOL or before.upper in _BEFORE_ONE_VALUE:
        raise ParameterError(
            f"{name} is a list, and one value stands behind {before.text}.",
            name=name,
            hint=f"Write IN ({{{{ {name} }}}}).",
        )


def _refuse_part_of_name(name: str, tokens: Sequence[Token], index: int) -> None:
    before = tokens[index - 1] if index else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    parts = (Kind.WORD, Kind.QUOTED, Kind.NUMBER, Kind.PLACEHOLDER)
    if (before is not None and before.end == tokens[index].start and before.kind in parts) or (
        after is not None and after.start == tokens[index].end and after.kind in parts
    ):
        raise ParameterError(
            f"{name} stands for a whole name, not for a part of one.",
            name=name,
            hint="Let it stand alone, and allow the whole names for it.",
        )


def _first(value: Any) -> Any:
    return list(value)[:1] if isinstance(value, list | tuple | set | frozenset) else value


def _name(name: str, value: Any, allowed: Collection[str]) -> str:
    text = str(value)
    if value not in allowed:
        raise ParameterError(
            f"'{text[:60]}' is not allowed for {name}.",
            name=name,
            hint=f"Allowed: {', '.join(sorted(allowed)[:20])}.",
        )
    try:
        tokens = lex(text)
    except SqlSyntaxError:
        tokens = []
    if len(tokens) != 1 or tokens[0].kind not in (Kind.WORD, Kind.QUOTED) or tokens[0].text != text:
        raise ParameterError(f"'{text[:60]}' is not one name; {name} takes one.", name=name)
    return text


def literals(name: str, value: Any, *, rows: bool) -> str:
    """A value as literals of AMC SQL: one, or a list with commas, or one row each.

    Raises:
        ParameterError: an empty list, a null, or a value that no literal can hold.
    """
    items = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
    if not items:
        raise ParameterError(
            f"The list {name} is empty.",
            name=name,
            hint="AMC has no empty list of values: give one at least.",
        )
    between = "'), ('" if rows else "', '"
    try:
        joined = between.join(items)
    except TypeError:  # not all of them are texts
        pass
    else:
        _check_text(name, joined)
        if joined.count("'") > 2 * (len(items) - 1):
            joined = between.join(item.replace("'", "''") for item in items)
        return f"('{joined}')" if rows else f"'{joined}'"
    if rows:
        return ", ".join(f"({_row(name, item)})" for item in items)
    return ", ".join(literal(name, item) for item in items)


def _row(name: str, item: Any) -> str:
    if isinstance(item, list | tuple):
        if not item:
            raise ParameterError(f"A row of {name} is empty.", name=name)
        return ", ".join(literal(name, part) for part in item)
    return literal(name, item)


def literal(name: str, value: Any) -> str:
    """One value as a literal of AMC SQL: text with doubled quotes, or a plain number.

    Raises:
        ParameterError: a null, or a value that no literal can hold.
    """
    if value is None:
        raise ParameterError(f"The parameter {name} has no value.", name=name)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int) and abs(value) < 10**_MAX_DIGITS:
        return f"{value:d}"
    if isinstance(value, int | float | Decimal):
        number = Decimal(value if isinstance(value, int) else str(value))
        if not number.is_finite() or abs(number.adjusted()) > _MAX_DIGITS:
            raise ParameterError(f"The parameter {name} is not a usable number.", name=name)
        return f"{number:f}"
    if not isinstance(value, str | date | datetime):
        raise ParameterError(f"The parameter {name} cannot be a {type(value).__name__}.", name=name)
    text = value if isinstance(value, str) else value.isoformat()
    _check_text(name, text)
    return "'" + text.replace("'", "''") + "'"


_MAX_DIGITS = 60


def _check_text(name: str, text: str) -> None:
    # On bytes, in C: 50,000 values must cost next to nothing.
    try:
        data = text.encode("utf-8")
        broken = len(data.translate(None, _CONTROL)) != len(data)
    except UnicodeEncodeError:
        broken = True
    if broken or "\ufffe" in text or "\uffff" in text:
        raise ParameterError(
            f"The parameter {name} holds a character that no text may hold.",
            name=name,
            hint="Remove control characters and broken characters from it.",
        )


__all__ = ["Probe", "bind", "bound", "literal", "literals", "placeholders", "probe"]
