"""What Amazon gets: the author's own text, changed token by token, never generated anew.

Line breaks and tabs between tokens become blanks, `--` comments become `/* */` (a line break
inside would end them too early on one line), a trailing `;` goes. Strings and quoted names stay
byte for byte, also with line breaks inside.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

from amc.sql.lex import Kind, LineIndex, Token, lex

_PLACE = re.compile(
    r"From line (\d+), column (\d+)(?: to line (\d+), column (\d+))?|"
    r"(?<![Ff]rom )[Ll]ine (\d+), column (\d+)"
)


@dataclass(frozen=True, slots=True)
class SentText:
    """A text as it is sent, and where its tokens came from.

    Attributes:
        text: what Amazon gets.
        author: what the author wrote.
        starts: offsets of tokens in `text`, rising.
        origins: offsets of the same tokens in `author`.
    """

    text: str
    author: str
    starts: tuple[int, ...]
    origins: tuple[int, ...]

    def author_offset(self, offset: int) -> int:
        """The author's offset for an offset in the sent text."""
        index = bisect_right(self.starts, offset) - 1
        if index < 0:
            return 0
        inside = offset - self.starts[index]
        behind = len(self.author)
        limit = self.origins[index + 1] if index + 1 < len(self.origins) else behind
        return min(self.origins[index] + inside, limit)

    def author_position(self, line: int, column: int) -> tuple[int, int]:
        """The author's line and column for a place in the sent text; all from 1."""
        offset = LineIndex(self.text).offset(line, column)
        return LineIndex(self.author).position(self.author_offset(offset))

    def in_author_terms(self, message: str) -> str:
        """One of AMC's messages with its places moved to the author's text."""

        def move(found: re.Match[str]) -> str:
            first = found.group(1) or found.group(5)
            column = found.group(2) or found.group(6)
            line, at = self.author_position(int(first), int(column))
            if found.group(3):
                to_line, to = self.author_position(int(found.group(3)), int(found.group(4)))
                return f"From line {line}, column {at} to line {to_line}, column {to}"
            head = "From line" if found.group(1) else "line"
            return f"{head} {line}, column {at}"

        return _PLACE.sub(move, message)


def sent_text(sql: str) -> SentText:
    """The text that is sent for an author's text.

    Raises:
        SqlSyntaxError: a string, quoted name or comment is not closed.
    """
    tokens = _without_end(lex(sql))
    parts: list[str] = []
    starts: list[int] = []
    origins: list[int] = []
    length = 0
    for index, token in enumerate(tokens):
        gap = "" if index == 0 else _gap(tokens[index - 1], token)
        text = _written(token)
        parts += [gap, text]
        starts.append(length + len(gap))
        origins.append(token.start)
        length += len(gap) + len(text)
    return SentText("".join(parts), sql, tuple(starts), tuple(origins))


def _without_end(tokens: list[Token]) -> list[Token]:
    """The tokens without `;` at the end of the query; comments may follow it."""
    kept = list(tokens)
    for index in range(len(kept) - 1, -1, -1):
        if kept[index].is_comment:
            continue
        if kept[index].text != ";":
            break
        del kept[index]
    return kept


def _gap(before: Token, after: Token) -> str:
    """What stands between two tokens: nothing, or one blank."""
    return " " if after.start > before.end else ""


def _written(token: Token) -> str:
    if token.kind is Kind.LINE_COMMENT:
        inside = token.text[2:].strip().replace("*/", "* /").replace("/*", "/ *")
        return f"/* {inside} */" if inside else "/* */"
    if token.kind is Kind.BLOCK_COMMENT:
        return " ".join(token.text.split())
    return token.text
