"""Tokens of a text with exact places, in our own small scanner.

sqlglot's tokens carry offsets too, but an unclosed string or comment has no place there, and
`{{ x }}` comes as four braces. Between two tokens of ours lie only blanks and comments, so the
text can be rebuilt byte for byte.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

from amc.errors import SqlRefusedError

MAX_CHARACTERS = 256 * 1024

Kind = Literal["word", "number", "string", "quoted", "placeholder", "symbol", "comment"]

_TOKEN = re.compile(
    r"""(?P<blank>\s+)
      | (?P<comment>--[^\r\n]*|/\*.*?\*/)
      | (?P<placeholder>\{\{\s*[A-Za-z_][A-Za-z0-9_]*\s*\}\})
      | (?P<string>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")*")
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<word>[^\W\d]\w*)
      | (?P<symbol><=>|<>|!=|<=|>=|\|\||::|.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token: its kind, its text as written, and its offset."""

    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.start + len(self.text)

    @property
    def upper(self) -> str:
        """Its text in capitals."""
        return self.text.upper()


class Lines:
    """Offsets as line and column, both from 1."""

    def __init__(self, text: str) -> None:
        r"""Index the line starts of a text; `\\r\\n` and `\\n` end a line."""
        self._starts = [0] + [m.end() for m in re.finditer(r"\r\n|\n|\r", text)]
        self._length = len(text)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        offset = max(0, min(offset, self._length))
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column; beyond the text, its end."""
        if line > len(self._starts):
            return self._length
        return max(0, min(self._length, self._starts[max(1, line) - 1] + max(1, column) - 1))


class SqlTextError(SqlRefusedError):
    """The text cannot be read as SQL; says where and what was expected."""

    def __init__(
        self, message: str, *, line: int, column: int, end_line: int = 0, end_column: int = 0
    ) -> None:
        """Lines and columns from 1."""
        self.line, self.column = line, column
        self.end_line, self.end_column = end_line or line, end_column or column + 1
        super().__init__(message)


def refuse_unreadable(text: str) -> None:
    """Refuse what cannot be SQL before anything costly looks at it.

    Raises:
        SqlTextError: too long, or not text.
    """
    if len(text) > MAX_CHARACTERS:
        raise SqlTextError(
            f"The text has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read.",
            line=1,
            column=1,
        )
    bad = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", text)
    if bad:
        line, column = Lines(text).place(bad.start())
        raise SqlTextError(
            "This is not text: it holds a control character.", line=line, column=column
        )


def scan(text: str, *, comments: bool = False) -> list[Token]:
    """All tokens of a text, with its comments when asked.

    Raises:
        SqlTextError: a string, quoted name or comment is not closed.
    """
    refuse_unreadable(text)
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:  # `.` matches anything, so this is the end of the text
            break
        kind = match.lastgroup or "symbol"
        value = match.group()
        if kind == "symbol" and value in "'\"":
            _unclosed(text, position, "string" if value == "'" else "quoted name")
        if kind == "symbol" and value == "/" and text.startswith("/*", position):
            _unclosed(text, position, "comment")
        if kind != "blank" and (comments or kind != "comment"):
            found.append(Token(kind, value, position))  # type: ignore[arg-type]
        position = match.end()
    return found


def _unclosed(text: str, offset: int, what: str) -> None:
    line, column = Lines(text).place(offset)
    raise SqlTextError(f"This {what} is never closed.", line=line, column=column)
