"""A query in good order: one clause a line, one column a line; every token and comment kept.

Only blank space changes, and the case of keywords; so formatting twice changes nothing more, and
the text means the same.
"""

from amc.sql.lex import Kind, Token, lex

_CLAUSES = {
    *("WITH", "SELECT", "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "UNION"),
    *("JOIN", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "VALUES"),
}
_KEYWORDS = {
    *_CLAUSES,
    *("AS", "ON", "USING", "AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "BETWEEN", "CASE"),
    *("WHEN", "THEN", "ELSE", "END", "BY", "DISTINCT", "ALL", "OUTER", "OVER", "PARTITION"),
    *("SIMILAR", "TO", "EXISTS", "ASC", "DESC", "TRUE", "FALSE", "CAST", "FOR"),
}
_JOIN_WORDS = {"LEFT", "RIGHT", "FULL", "INNER", "CROSS", "OUTER"}
_INDENT = "    "
_NO_BLANK_BEFORE = {",", ")", ".", ";", "]"}
_NO_BLANK_AFTER = {"(", ".", "["}


def format_sql(sql: str) -> str:
    """The formatted text, ending with a line break.

    Raises:
        SqlSyntaxError: a string, quoted name or comment is not closed.
    """
    return _Writer(lex(sql)).write()


class _Writer:
    """Puts tokens on lines; `query` brackets are those around a SELECT, WITH or VALUES."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._lines: list[str] = []
        self._line = ""
        self._stack: list[bool] = []
        self._select = [False]
        self._fresh = False

    def write(self) -> str:
        for index in range(len(self._tokens)):
            self._put(index)
        self._break()
        return "\n".join(self._lines).strip("\n") + "\n" if self._lines else ""

    @property
    def _depth(self) -> int:
        return sum(self._stack)

    @property
    def _in_call(self) -> bool:
        return bool(self._stack) and not self._stack[-1]

    def _put(self, index: int) -> None:
        token = self._tokens[index]
        before = self._tokens[index - 1] if index else None
        upper = token.upper if token.kind is Kind.WORD else ""
        if token.is_comment:
            self._comment(token, before)
            return
        if upper in _CLAUSES and not self._in_call and self._starts_clause(index):
            self._break()
        elif (before is not None and before.text == "," and self._breaks_list()) or (
            upper in ("AND", "OR", "ON") and not self._in_call and not self._is_between(index)
        ):
            self._break(extra=1)
        if token.text == ")" and self._stack and self._stack[-1]:
            self._stack.pop()
            self._select.pop()
            self._break()
        elif token.text == ")" and self._stack:
            self._stack.pop()
        self._add(token, before, index)
        if upper == "SELECT" and not self._in_call:
            self._select[-1] = True
        elif upper in _CLAUSES and upper not in ("WITH", "SELECT") and not self._in_call:
            self._select[-1] = upper in ("GROUP", "VALUES")
        if token.text == "(":
            is_query = self._opens_query(index)
            self._stack.append(is_query)
            if is_query:
                self._select.append(False)
                self._break()

    def _opens_query(self, index: int) -> bool:
        inside = (t for t in self._tokens[index + 1 :] if not t.is_comment)
        following = next(inside, None)
        return following is not None and following.upper in ("SELECT", "WITH", "VALUES")

    def _starts_clause(self, index: int) -> bool:
        """Whether a clause word begins a line: not LEFT( ), not the JOIN of LEFT JOIN."""
        token = self._tokens[index]
        after = self._tokens[index + 1] if index + 1 < len(self._tokens) else None
        before = self._tokens[index - 1] if index else None
        if after is not None and after.text == "(" and token.upper in ("LEFT", "RIGHT"):
            return False
        return not (before is not None and before.upper in _JOIN_WORDS and token.upper == "JOIN")

    def _breaks_list(self) -> bool:
        return not self._in_call and self._select[-1]

    def _is_between(self, index: int) -> bool:
        """Whether this AND belongs to a BETWEEN."""
        if self._tokens[index].upper != "AND":
            return False
        for token in reversed(self._tokens[:index]):
            if token.upper == "BETWEEN":
                return True
            if token.upper in ("AND", "OR", "WHERE", "ON", "WHEN", "HAVING", "SELECT", "("):
                return False
        return False

    def _comment(self, token: Token, before: Token | None) -> None:
        same_line = before is not None and "\n" not in self._between(before, token)
        if not same_line and self._line.strip():
            self._break()
        self._line += (" " if self._line.strip() else self._margin()) + token.text.rstrip()
        if token.kind is Kind.LINE_COMMENT or not same_line:
            self._break(extra=1 if self._select[-1] else 0)

    def _between(self, before: Token, after: Token) -> str:
        return "\n" if after.line > before.line + before.text.count("\n") else ""

    def _add(self, token: Token, before: Token | None, index: int) -> None:
        text = token.upper if token.kind is Kind.WORD and token.upper in _KEYWORDS else token.text
        if not self._line.strip():
            self._line = (self._line or self._margin()) + text
            return
        glued = (
            token.text in _NO_BLANK_BEFORE
            or (before is not None and before.text in _NO_BLANK_AFTER)
            or (token.text == "(" and before is not None and self._is_call(before))
        )
        self._line += text if glued else f" {text}"

    def _is_call(self, before: Token) -> bool:
        return before.kind in (Kind.WORD, Kind.QUOTED) and before.upper not in (
            _KEYWORDS - {"CAST", "LEFT", "RIGHT", "EXISTS"}
        )

    def _margin(self) -> str:
        return _INDENT * self._depth

    def _break(self, extra: int = 0) -> None:
        if self._line.strip():
            self._lines.append(self._line.rstrip())
        self._line = _INDENT * (self._depth + extra)
