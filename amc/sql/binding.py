"""`{{ x }}` in an author's text: replaced by literals, or by a name from an allow-list.

What holds whatever the value: the bound text lexes to exactly the author's tokens, with each
placeholder replaced by literals (a list: literals and commas; behind VALUES: one row each), or by
one allowed name. Where a literal would grow together with its neighbour (`-{{ x }}`,
`'a'{{ x }}`), a blank is put between them.

A placeholder inside a comment is left alone: it means nothing to AMC. Inside a string or a quoted
name it is refused: nothing would be replaced there, and the author surely meant it to be.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from amc.errors import ParameterError
from amc.sql.errors import SqlSyntaxError
from amc.sql.guard import error_at
from amc.sql.lex import Kind, LineIndex, Token, lex

_INSIDE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
_CONTROL = bytes([*range(9), *range(14, 32), 127])
_OPENS, _CLOSES = frozenset(" \t\r\n\f\v(,["), frozenset(" \t\r\n\f\v),];")


@dataclass(frozen=True, slots=True)
class Probe:
    """A bound text with one literal in place of each list: short enough to parse and check.

    Attributes:
        text: what to parse.
        starts: offsets in `text` at which it begins to run parallel to the author's text.
        origins: the author's offsets there.
    """

    text: str
    author: str
    starts: tuple[int, ...]
    origins: tuple[int, ...]

    def author_position(self, line: int, column: int) -> tuple[int, int]:
        """The author's line and column for a place in the probe; all count from 1."""
        offset = LineIndex(self.text).offset(line, column)
        index = bisect_right(self.starts, offset) - 1
        limit = self.origins[index + 1] if index + 1 < len(self.origins) else len(self.author)
        found = min(self.origins[index] + offset - self.starts[index], limit)
        return LineIndex(self.author).position(found)


def placeholder_name(token: Token) -> str:
    """The name inside a placeholder token."""
    return token.text.strip("{} \t\r\n\f\v")


def placeholders(sql: str) -> list[str]:
    """Names of `{{ x }}` in a text, each once; those in comments do not count.

    Raises:
        SqlSyntaxError: one stands inside a string or a quoted name; or something is not closed.
    """
    return list(dict.fromkeys(placeholder_name(t) for t in _placeholder_tokens(_code(sql))))


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
    return "".join(text for text, _ in _pieces(sql, values, names or {}, short=False))


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
    parts: list[str] = []
    starts: list[int] = []
    origins: list[int] = []
    length = 0
    for text, origin in _pieces(sql, values, names or {}, short=True):
        starts.append(length)
        origins.append(origin)
        parts.append(text)
        length += len(text)
    return Probe("".join(parts), sql, tuple(starts), tuple(origins))


def _code(sql: str) -> list[Token]:
    return [t for t in lex(sql) if not t.is_comment]


def _placeholder_tokens(tokens: Sequence[Token]) -> list[Token]:
    for token in tokens:
        if token.kind in (Kind.STRING, Kind.QUOTED) and (found := _INSIDE.search(token.text)):
            raise error_at(
                token,
                f"{found.group()} stands inside quotes, where nothing is filled in.",
                hint="Remove the quotes around it: a text value brings its own.",
            )
    return [t for t in tokens if t.kind is Kind.PLACEHOLDER]


def _pieces(
    sql: str,
    values: Mapping[str, Any],
    names: Mapping[str, Collection[str]],
    *,
    short: bool,
) -> list[tuple[str, int]]:
    """The pieces of the bound text, each with the author's offset where it comes from."""
    tokens = _code(sql)
    _placeholder_tokens(tokens)
    pieces: list[tuple[str, int]] = []
    position = 0
    for index, token in enumerate(tokens):
        if token.kind is not Kind.PLACEHOLDER:
            continue
        name = placeholder_name(token)
        if name not in values:
            raise ParameterError(f"The parameter {name} has no value.", name=name)
        if name in names:
            text = _name(name, values[name], names[name])
        else:
            rows = index > 0 and tokens[index - 1].upper == "VALUES"
            given = _first(values[name]) if short else values[name]
            text = literals(name, given, rows=rows)
        before = " " if token.start and sql[token.start - 1] not in _OPENS else ""
        after = " " if sql[token.end : token.end + 1] not in _CLOSES | {""} else ""
        pieces += [(sql[position : token.start] + before, position), (text, token.start)]
        pieces += [(after, token.end)]
        position = token.end
    return [*pieces, (sql[position:], position)]


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
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        number = Decimal(str(value))
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
