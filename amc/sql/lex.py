"""The tokens of an AMC SQL text, exact: every character belongs to a token or to blank space.

This is the lexer of everything that touches the author's text (parameters, sent text, format,
positions of findings); sqlglot's own tokenizer only feeds its parser. Comments do not nest,
quotes inside a string are doubled, a backslash means itself.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum

from amc.sql.errors import SqlSyntaxError


class Kind(Enum):
    """What a token is."""

    WORD = "word"
    QUOTED = "quoted"
    """A name in double quotes."""
    STRING = "string"
    NUMBER = "number"
    SYMBOL = "symbol"
    PLACEHOLDER = "placeholder"
    """`{{ name }}`, as one token."""
    LINE_COMMENT = "line_comment"
    BLOCK_COMMENT = "block_comment"


@dataclass(frozen=True, slots=True)
class Token:
    """One token: kind, its exact text, and where it stands (offsets; line, column from 1)."""

    kind: Kind
    text: str
    start: int
    end: int
    line: int
    column: int

    @property
    def is_comment(self) -> bool:
        """Whether it means nothing to AMC."""
        return self.kind in (Kind.LINE_COMMENT, Kind.BLOCK_COMMENT)

    @property
    def upper(self) -> str:
        """The text in capitals, to compare keywords."""
        return self.text.upper()


class LineIndex:
    """Turns offsets of a text into lines and columns, and back. Both count from 1."""

    def __init__(self, text: str) -> None:
        """Find the line starts: CR LF, LF and CR each end a line."""
        self._starts = [0, *(m.end() for m in _NEWLINE.finditer(text))]
        self._length = len(text)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a place; places outside the text go to its nearest end."""
        line = min(max(line, 1), len(self._starts))
        return min(self._starts[line - 1] + max(column, 1) - 1, self._length)


_NEWLINE = re.compile(r"\r\n|\n|\r")
# Possessive (`*+`): an unclosed string must not be read as two shorter ones.
_TOKEN = re.compile(
    r"""(?P<space>[\s\ufeff]++)
    |(?P<line_comment>--[^\r\n]*+)
    |(?P<block_comment>/\*.*?\*/)
    |(?P<string>'[^']*+(?:''[^']*+)*+')
    |(?P<quoted>"[^"]*+(?:""[^"]*+)*+")
    |(?P<number>(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?)
    |(?P<placeholder>\{\{\s*+[A-Za-z_][A-Za-z0-9_]*+\s*+\}\})
    |(?P<word>[^\W\d][\w$]*+)
    |(?P<symbol><=>|<>|!=|<=|>=|\|\||::|->>|->|=>|\{\{|\}\}|\{%|%\}|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = {kind.value: kind for kind in Kind}
_UNCLOSED = {
    "'": ("This string is not closed.", "'"),
    '"': ("This quoted name is not closed.", '"'),
    "/*": ("This comment is not closed.", "*/"),
}


def lex(sql: str) -> list[Token]:
    """All tokens of a text, comments among them, in order.

    Raises:
        SqlSyntaxError: a string, quoted name or comment is not closed; its place is the opening.
    """
    tokens: list[Token] = []
    line, line_start = 1, 0
    # The last choice, a symbol of any one character, leaves nothing between two tokens.
    for found in _TOKEN.finditer(sql):
        name, text = found.lastgroup or "symbol", found.group()
        offset, end = found.span()
        if name != "space":
            column = offset - line_start + 1
            if name == "symbol":
                _refuse_unclosed(sql, text, offset, line, column)
            tokens.append(Token(_KINDS[name], text, offset, end, line, column))
        if "\n" in text or "\r" in text:
            for newline in _NEWLINE.finditer(text):
                line, line_start = line + 1, offset + newline.end()
    return tokens


def _refuse_unclosed(sql: str, text: str, offset: int, line: int, column: int) -> None:
    opening = "/*" if sql.startswith("/*", offset) else text
    if opening in _UNCLOSED:
        message, expected = _UNCLOSED[opening]
        end_line, end_column = LineIndex(sql).position(len(sql))
        raise SqlSyntaxError(
            message,
            line=line,
            column=column,
            end_line=end_line,
            end_column=end_column,
            expected=expected,
            hint=f"Close it with {expected} where it should end.",
        )


def error_at(token: Token, message: str, *, expected: str = "", hint: str = "") -> SqlSyntaxError:
    """A syntax error at one token."""
    lines = token.text.split("\n")
    end_line = token.line + len(lines) - 1
    end_column = token.column + len(token.text) if len(lines) == 1 else len(lines[-1]) + 1
    return SqlSyntaxError(
        message,
        line=token.line,
        column=token.column,
        end_line=end_line,
        end_column=end_column,
        expected=expected,
        hint=hint,
    )
