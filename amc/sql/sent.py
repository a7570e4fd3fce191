"""What Amazon gets: the author's own text, changed token by token, never generated anew.

Line breaks and tabs between tokens become blanks, `--` comments become `/* */` (a line break
inside would end them too early on one line), a trailing `;` goes. Strings and quoted names stay
byte for byte, also with line breaks inside.
"""

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from amc.sql.lex import Kind, LineIndex, Token, lex
from amc.sql.placeholders import Probe

_PLACE = re.compile(
    r"From line (\d{1,9}), column (\d{1,9})(?: to line (\d{1,9}), column (\d{1,9}))?|"
    r"(?<![Ff]rom )[Ll]ine (\d{1,9}), column (\d{1,9})"
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
        return _moved(message, self.author_position)[0]


@dataclass(frozen=True, slots=True)
class Told:
    """One of AMC's messages in the author's terms.

    Attributes:
        text: the message with its places moved; as it was when it names none.
        place: line, column, end_line and end_column of the first place, from 1, the end
            exclusive; None when it names none.
    """

    text: str
    place: dict[str, int] | None


def told_in_author_terms(message: str, sent: SentText, written: Probe | None = None) -> Told:
    """A message about the sent text, told about what the author wrote.

    Args:
        message: AMC's words.
        sent: the text that AMC got.
        written: when values were bound into the author's text: that text (`binding.bound`), whose
            `text` is what `sent` was made of.
    """

    def position(line: int, column: int) -> tuple[int, int]:
        found = sent.author_position(line, column)
        return written.author_position(*found) if written is not None else found

    return Told(*_moved(message, position))


def _moved(
    message: str, position: Callable[[int, int], tuple[int, int]]
) -> tuple[str, dict[str, int] | None]:
    places: list[dict[str, int]] = []

    def move(found: re.Match[str]) -> str:
        numbers = [int(n) for n in found.groups() if n]
        line, at = position(numbers[0], numbers[1])
        to_line, to = position(*numbers[2:]) if len(numbers) > 2 else (line, at)
        places.append({"line": line, "column": at, "end_line": to_line, "end_column": to + 1})
        if found.group(3):
            return f"From line {line}, column {at} to line {to_line}, column {to}"
        head = "From line" if found.group(1) else "line"
        return f"{head} {line}, column {at}"

    text = _PLACE.sub(move, message)
    return text, places[0] if places else None


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
    end = next(
        (i for i, t in enumerate(reversed(tokens)) if not (t.is_comment or t.text == ";")), 0
    )
    last = len(tokens) - end
    return tokens[:last] + [t for t in tokens[last:] if t.is_comment]


def _gap(before: Token, after: Token) -> str:
    """What stands between two tokens: nothing, or one blank."""
    return " " if after.start > before.end else ""


def _written(token: Token) -> str:
    if token.kind is Kind.LINE_COMMENT:
        inside = token.text[2:].strip().replace("*/", "* /").replace("/*", "/ *")
        return f"/* {inside} */" if inside else "/* */"
    if token.kind is Kind.BLOCK_COMMENT:
        text = " ".join(token.text.split())
        # Calcite would read `/*+` as a hint to its planner.
        return f"/* {text[2:]}" if text.startswith("/*+") else text
    return token.text
