"""`{{ x }}` in an author's text: where they stand, and how their places map back.

A placeholder inside a comment is left alone: it means nothing to AMC. Inside a string or a quoted
name it is refused: nothing would be replaced there, and the author surely meant it to be.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from amc.sql.errors import SqlPlaceError
from amc.sql.lex import Kind, LineIndex, Token, error_at, lex

_INSIDE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
_OPENS, _CLOSES = frozenset(" \t\r\n\f\v(,["), frozenset(" \t\r\n\f\v),];")
Write = Callable[[Sequence[Token], int], str]
"""Gives the text for the placeholder at an index of the tokens (comments left out)."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A text with something in the placeholders' places, and the way back to the author's.

    Attributes:
        text: what to parse.
        author: what the author wrote.
        starts: offsets in `text` at which it begins to run parallel to the author's text.
        origins: the author's offsets there.
    """

    text: str
    author: str
    starts: tuple[int, ...]
    origins: tuple[int, ...]

    def author_offset(self, offset: int) -> int:
        """The author's offset for an offset in the text."""
        index = bisect_right(self.starts, offset) - 1
        limit = self.origins[index + 1] if index + 1 < len(self.origins) else len(self.author)
        return min(self.origins[index] + offset - self.starts[index], limit)

    def author_position(self, line: int, column: int) -> tuple[int, int]:
        """The author's line and column for a place in the text; all count from 1."""
        offset = LineIndex(self.text).offset(line, column)
        return LineIndex(self.author).position(self.author_offset(offset))

    @contextmanager
    def errors_in_author_terms(self) -> Iterator[None]:
        """Errors at a place of the text are raised at the author's place."""
        try:
            yield
        except SqlPlaceError as exc:
            end = self.author_position(exc.end_line, exc.end_column)
            exc.line, exc.column = self.author_position(exc.line, exc.column)
            exc.end_line, exc.end_column = end
            raise


def placeholder_name(token: Token) -> str:
    """The name inside a placeholder token."""
    return token.text.strip("{} \t\r\n\f\v")


def placeholders(sql: str) -> list[str]:
    """Names of `{{ x }}` in a text, each once; those in comments do not count.

    Raises:
        SqlSyntaxError: one stands inside a string or a quoted name; or something is not closed.
    """
    return list(dict.fromkeys(placeholder_name(t) for t in placeholder_tokens(code_tokens(sql))))


def code_tokens(sql: str) -> list[Token]:
    """The tokens of a text without comments."""
    return [t for t in lex(sql) if not t.is_comment]


def placeholder_tokens(tokens: Sequence[Token]) -> list[Token]:
    """The placeholders among tokens.

    Raises:
        SqlSyntaxError: one stands inside a string or a quoted name.
    """
    for token in tokens:
        if token.kind in (Kind.STRING, Kind.QUOTED) and (found := _INSIDE.search(token.text)):
            alone = found.group() == token.text[1:-1].strip()
            joined = f"Join it to the text: CONCAT('…', {found.group()}, '…')."
            raise error_at(
                token,
                f"{found.group()} stands inside quotes, where nothing is filled in.",
                hint="Remove the quotes around it: a text value brings its own."
                if alone or token.kind is Kind.QUOTED
                else joined,
            )
    return [t for t in tokens if t.kind is Kind.PLACEHOLDER]


def row_places(tokens: Sequence[Token]) -> dict[int, int]:
    """The placeholders that stand where a row of VALUES does, each with the index of its VALUES.

    Args:
        tokens: of the whole text, without comments.
    """
    found: dict[int, int] = {}
    values = [-1]  # for each open bracket, where the VALUES stands whose rows we are among
    for index, token in enumerate(tokens):
        if token.text == "(":
            values.append(-1)
        elif token.text == ")" and len(values) > 1:
            values.pop()
        elif token.kind is Kind.PLACEHOLDER:
            if values[-1] >= 0:
                found[index] = values[-1]
        elif token.text != ",":
            values[-1] = index if token.upper == "VALUES" else -1
    return found


def pieces(sql: str, write: Write) -> list[tuple[str, int]]:
    """The pieces of the text with placeholders replaced, each with the author's offset.

    Where a literal would grow together with its neighbour (`-{{ x }}`, `'a'{{ x }}`), a blank is
    put between them.

    Raises:
        SqlSyntaxError: as `placeholders`; and whatever `write` raises.
    """
    tokens = code_tokens(sql)
    placeholder_tokens(tokens)
    found: list[tuple[str, int]] = []
    position = 0
    for index, token in enumerate(tokens):
        if token.kind is not Kind.PLACEHOLDER:
            continue
        text = write(tokens, index)
        before = " " if token.start and sql[token.start - 1] not in _OPENS else ""
        after = " " if sql[token.end : token.end + 1] not in _CLOSES | {""} else ""
        found += [(sql[position : token.start] + before, position), (text, token.start)]
        found += [(after, token.end)]
        position = token.end
    return [*found, (sql[position:], position)]


def replaced(sql: str, write: Write) -> Probe:
    """The text with placeholders replaced, and the way back.

    Raises:
        SqlSyntaxError: as `pieces`.
    """
    parts: list[str] = []
    starts: list[int] = []
    origins: list[int] = []
    length = 0
    for text, origin in pieces(sql, write):
        starts.append(length)
        origins.append(origin)
        parts.append(text)
        length += len(text)
    return Probe("".join(parts), sql, tuple(starts), tuple(origins))
