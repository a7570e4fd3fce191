"""A query in good order: one clause a line, one column a line; every token and comment kept.

Only blank space changes, and the case of keywords and of AMC's functions; so formatting twice
changes nothing more, and the text means the same. Where lines break depends on the tokens alone
(`amc.sql.layout`), never on where they broke before; a comment stays behind what it stood behind,
or on a line of its own.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from amc.sql.errors import SqlSyntaxError
from amc.sql.functions import functions
from amc.sql.layout import KEYWORDS, Break, layout
from amc.sql.lex import Kind, Token, lex

_INDENT = "    "
_NO_BLANK_BEFORE = {",", ")", ".", ";", "]", "::", "["}
_NO_BLANK_AFTER = {"(", ".", "[", "::"}
_CONDITION = re.compile(r"--\s*(?:AND|OR)\b", re.IGNORECASE)
_BRACKETS = {"(", ")", "[", "]", ","}
_SPACED_BRACKET = KEYWORDS - {"CAST", "LEFT", "RIGHT", "REPLACE"}
_VALUES_BEFORE = (Kind.WORD, Kind.QUOTED, Kind.STRING, Kind.NUMBER, Kind.PLACEHOLDER)


def format_sql(sql: str) -> str:
    """The formatted text, ending with a line break; empty for a text without tokens.

    Raises:
        SqlSyntaxError: a string, quoted name or comment is not closed.
    """
    tokens = lex(sql)
    return _Writer(tokens, layout(tokens)).write()


class _Writer:
    """Puts tokens on lines; `breaks` says before which of them a line begins, and how deep."""

    def __init__(self, tokens: Sequence[Token], breaks: Sequence[Break]) -> None:
        self._tokens, self._breaks = tokens, breaks
        self._calls = _calls(tokens)
        self._lines: list[str] = []
        self._line = ""
        self._depth = 0
        self._must_break = False

    def write(self) -> str:
        before: Token | None = None
        code: list[Token] = []
        for token, level in zip(self._tokens, self._breaks, strict=True):
            if token.is_comment:
                self._comment(token, before, level)
            else:
                self._code(token, code, level)
                code.append(token)
            before = token
        self._end_line()
        return "\n".join(self._lines) + "\n" if self._lines else ""

    def _comment(self, token: Token, before: Token | None, level: Break) -> None:
        text = token.text.rstrip()
        if is_behind(token, before) and not self._must_break:
            self._line += f" {text}" if self._line else text
        else:
            self._end_line(self._comment_depth(text, self._depth if level is None else level))
            self._line = _INDENT * self._depth + text
            self._must_break = True
        self._must_break = self._must_break or token.kind is Kind.LINE_COMMENT

    def _comment_depth(self, text: str, level: int) -> int:
        """As deep as the code behind it; a condition taken out (`-- AND x`) as the conditions."""
        if not _CONDITION.match(text):
            return level
        line = self._line.strip()
        first = line.split(maxsplit=1)[0] if line else ""
        if first in ("WHERE", "HAVING", "ON"):
            return self._depth + 1
        return self._depth if first in ("AND", "OR") or _CONDITION.match(line) else level

    def _code(self, token: Token, code: list[Token], level: Break) -> None:
        if level is not None:
            self._end_line(level)
        elif self._must_break:
            self._end_line(0 if token.text == ";" else self._depth)
        written = token.text
        plain = not code or code[-1].text != "."
        if token.kind is Kind.WORD and plain:
            is_upper = token.upper in KEYWORDS or token.start in self._calls
            written = token.upper if is_upper else token.text
        if not self._line:
            self._line = _INDENT * self._depth + written
        else:
            self._line += written if self._glued(token, code) else f" {written}"

    def _glued(self, token: Token, code: list[Token]) -> bool:
        if not code or self._tokens_between(code[-1], token):
            return False
        before = code[-1]
        if _merge(before, token):
            return False
        if "." in (token.text, before.text):
            # `1 . 5` must not become a number.
            return Kind.NUMBER not in (token.kind, before.kind)
        if token.text == "(":
            return before.text in ("(", "[") or (
                before.kind in (Kind.WORD, Kind.QUOTED) and before.upper not in _SPACED_BRACKET
            )
        if token.text in _NO_BLANK_BEFORE or before.text in _NO_BLANK_AFTER:
            return True
        return before.text in ("-", "+") and is_sign(code)

    def _tokens_between(self, before: Token, token: Token) -> bool:
        """Whether a comment stands between two tokens of code."""
        return self._line.endswith("*/") and not before.text.endswith("*/")

    def _end_line(self, depth: int = 0) -> None:
        if self._line.strip():
            self._lines.append(self._line.rstrip())
        self._line, self._depth, self._must_break = "", depth, False


def _calls(tokens: Sequence[Token]) -> set[int]:
    """Where the names of AMC's functions stand that are called."""
    code = [t for t in tokens if not t.is_comment]
    known = {*functions(), "TABLE"}
    return {
        token.start
        for before, token, after in zip([None, *code], code, code[1:], strict=False)
        if after.text == "("
        and token.kind is Kind.WORD
        and token.upper in known
        # A WITH part may be called like a function.
        and (before is None or before.upper != "WITH")
    }


def _merge(before: Token, token: Token) -> bool:
    """Whether two signs would be read as another one, or as a comment, without a blank."""
    signs = before.kind is token.kind is Kind.SYMBOL
    return signs and before.text not in _BRACKETS and _reads_otherwise(before.text, token.text)


@lru_cache(maxsize=1024)
def _reads_otherwise(first: str, second: str) -> bool:
    try:
        return [t.text for t in lex(first + second)] != [first, second]
    except SqlSyntaxError:
        return True


def is_behind(comment: Token, before: Token | None) -> bool:
    """Whether a comment stands on the line on which the token before it ends."""
    if before is None:
        return False
    text = before.text.replace("\r\n", "\n").replace("\r", "\n")
    return comment.line == before.line + text.count("\n")


def is_sign(code: Sequence[Token]) -> bool:
    """Whether the last token, a minus or plus, belongs to the number behind it."""
    if len(code) < 2:
        return True
    before = code[-2]
    if before.kind is Kind.WORD and before.upper in KEYWORDS:
        return before.upper not in ("END", "NULL", "TRUE", "FALSE")
    return before.kind not in _VALUES_BEFORE and before.text not in (")", "]")
