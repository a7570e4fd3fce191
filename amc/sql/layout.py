"""Where the lines of a formatted query break, from its tokens alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from amc.sql.lex import Kind, Token

CLAUSES = {
    *("WITH", "SELECT", "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "UNION"),
    *("JOIN", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "VALUES", "INTERSECT", "EXCEPT"),
}
KEYWORDS = {
    *CLAUSES,
    *("AS", "ON", "USING", "AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "BETWEEN", "CASE"),
    *("WHEN", "THEN", "ELSE", "END", "BY", "DISTINCT", "ALL", "OUTER", "OVER", "PARTITION"),
    *("SIMILAR", "TO", "EXISTS", "ASC", "DESC", "TRUE", "FALSE", "CAST", "FOR", "CONTAINED"),
}
_JOIN_WORDS = {"LEFT", "RIGHT", "FULL", "INNER", "CROSS", "OUTER"}
_LONGEST = 88
_LONGEST_QUERY = 56
_INNER_CLAUSES = {"PARTITION", "ORDER", "ROWS", "RANGE"}
Break = int | None
"""How deep the line is indented that begins before a token; None when none begins."""


@dataclass(slots=True)
class _Group:
    """Brackets, a CASE, or the whole text.

    Attributes:
        kind: "query", "call" (brackets of any other kind), "case", or "flat" (on one line).
        level: how deep the line is indented on which it opens.
        clause: the clause of a query in which we are.
        is_list: whether each item of that clause stands on a line of its own.
        between: how many BETWEEN wait for their AND.
        is_window: whether it is the definition of a window.
    """

    kind: str
    level: int
    clause: str = ""
    is_list: bool = False
    between: int = 0
    is_window: bool = False


def layout(tokens: Sequence[Token]) -> list[Break]:
    """For each token the break before it; a comment has the one of the code behind it."""
    code = [i for i, t in enumerate(tokens) if not t.is_comment]
    found = _Layout([tokens[i] for i in code], _commented(tokens)).breaks()
    breaks: list[Break] = [None] * len(tokens)
    following: Break = 0
    position = len(code)
    for index in range(len(tokens) - 1, -1, -1):
        if position and code[position - 1] == index:
            position -= 1
            following = found[position]
        breaks[index] = following
    return breaks


def _commented(tokens: Sequence[Token]) -> list[int]:
    """How many comments that end their line stand before each token of code, in all."""
    found, count = [], 0
    before: Token | None = None
    for token in tokens:
        if token.is_comment:
            apart = before is None or token.line > before.line + before.text.count("\n")
            count += apart or token.kind is Kind.LINE_COMMENT
        else:
            found.append(count)
        before = token
    return [*found, count]


class _Layout:
    def __init__(self, code: list[Token], comments: list[int]) -> None:
        self._code, self._comments = code, comments
        self._ends, self._closes = _matched(code)
        self._widths = [0]
        for token in code:
            self._widths.append(self._widths[-1] + len(token.text) + 1)
        self._groups = [_Group("query", 0)]
        self._level = 0
        self._breaks: list[Break] = [None] * len(code)
        # A break behind the token just seen, and those before the first items of lists.
        self._pending: Break = None
        self._first_items: dict[int, int] = {}

    def breaks(self) -> list[Break]:
        for index in range(len(self._code)):
            self._look(index)
        return self._breaks

    def _look(self, index: int) -> None:
        token, group = self._code[index], self._groups[-1]
        word = token.upper if token.kind is Kind.WORD else ""
        level = self._first_items.get(index, self._pending)
        self._pending = None
        if self._closes[index] and len(self._groups) > 1:
            self._groups.pop()
            if group.kind != "flat":
                level = group.level
        elif group.kind == "query":
            level = self._in_query(index, word, group, level)
        elif group.kind == "case":
            level = group.level + 1 if word in ("WHEN", "ELSE") else level
        elif group.kind == "call":
            level = self._in_call(index, word, group, level)
        if level is not None:
            self._breaks[index], self._level = level, level
        self._after(index, token, word)

    def _after(self, index: int, token: Token, word: str) -> None:
        """What a token opens, and whether a line begins behind it."""
        group = self._groups[-1]
        if token.text in ("(", "[") or word == "CASE":
            self._open(index, word)
        elif token.text == "," and group.kind == "call" and not group.is_window:
            self._pending = group.level + 1
        elif token.text == "," and group.kind == "query" and group.is_list:
            self._pending = group.level + (group.clause != "WITH")
        elif token.text == ";" and len(self._groups) == 1:
            self._pending = 0

    def _open(self, index: int, word: str) -> None:
        end = self._ends.get(index, len(self._code))
        after = self._code[index + 1].upper if index + 1 < len(self._code) else ""
        is_query = word != "CASE" and after in ("SELECT", "WITH", "VALUES")
        limit = _LONGEST_QUERY if is_query else _LONGEST
        long = self._width(index, end) > limit or self._comments[end] > self._comments[index + 1]
        before = self._code[index - 1].upper if index else ""
        if is_query and before == "AS":
            long = True  # a WITH part always stands on lines of its own
        kind = "flat"
        if long and end > index + 1:
            kind = "query" if is_query else "case" if word == "CASE" else "call"
        level = self._level + self._is_first_condition()
        self._groups.append(_Group(kind, level, is_window=before == "OVER"))
        if kind in ("query", "call"):
            self._pending = level + 1

    def _is_first_condition(self) -> bool:
        """Whether we are on the line of WHERE, HAVING or ON: its brackets go as deep as AND."""
        group = self._groups[-1]
        base = group.level + (len(self._groups) > 1)
        if group.kind != "query":
            return False
        at = base if group.clause in ("WHERE", "HAVING") else base + 1
        return group.clause in ("WHERE", "HAVING", "ON") and self._level == at

    def _width(self, start: int, end: int) -> int:
        return self._widths[min(end + 1, len(self._code))] - self._widths[start]

    def _in_query(self, index: int, word: str, group: _Group, level: Break) -> Break:
        """Clauses begin lines; so do the items of long lists, ON, and AND and OR behind WHERE."""
        base = group.level + (len(self._groups) > 1)
        if self._starts_clause(index, word):
            group.clause, group.between = word, 0
            group.is_list = self._is_list(index, word)
            if word in ("SELECT", "GROUP", "ORDER") and group.is_list:
                self._list_begins(index, base)
            elif word == "VALUES" and group.is_list:
                self._pending = base + 1
            return None if index == 0 else base
        if group.clause in ("WITH", "VALUES") and level is not None:
            return base + (group.clause == "VALUES")
        if word == "BETWEEN":
            group.between += 1
        elif word == "AND" and group.between:
            group.between -= 1
        elif word == "ON":
            group.clause = "ON"
            return base + 1
        elif word in ("AND", "OR") and group.clause in ("WHERE", "HAVING", "ON"):
            return base + 1 + (group.clause == "ON")
        return base + 1 if level is not None else None

    def _list_begins(self, index: int, base: int) -> None:
        """The first item of a list begins a line, behind SELECT DISTINCT and GROUP BY, too."""
        first = index + 1
        while first < len(self._code) and self._code[first].upper in ("DISTINCT", "ALL", "BY"):
            first += 1
        self._first_items[first] = base + 1

    def _starts_clause(self, index: int, word: str) -> bool:
        """Whether a clause word begins a line: not LEFT( ), not the JOIN of LEFT JOIN."""
        if word not in CLAUSES:
            return False
        before = self._code[index - 1] if index else None
        after = self._code[index + 1] if index + 1 < len(self._code) else None
        if before is not None and (before.text == "." or before.upper == "AS"):
            return False
        if after is not None and after.text in ("(", ".", ",") and word in ("LEFT", "RIGHT"):
            return False
        return not (before is not None and before.upper in _JOIN_WORDS and word == "JOIN")

    def _is_list(self, index: int, word: str) -> bool:
        """Whether each item of a clause stands on a line of its own."""
        if word == "WITH":
            return True
        if word not in ("SELECT", "GROUP", "ORDER", "VALUES", "FROM"):
            return False
        commas, end = 0, index + 1
        while end < len(self._code):
            token = self._code[end]
            if token.text in ("(", "["):
                end = self._ends.get(end, len(self._code)) + 1
                continue
            if token.text in (")", "]") or (
                token.kind is Kind.WORD
                and token.upper in CLAUSES
                and self._starts_clause(end, token.upper)
            ):
                break
            commas += token.text == ","
            end += 1
        comments = self._comments[min(end, len(self._code))] > self._comments[index + 1]
        long = self._width(index, end - 1) > _LONGEST or comments
        return bool(commas) if word == "SELECT" else bool(commas) and long

    def _in_call(self, index: int, word: str, group: _Group, level: Break) -> Break:
        """AND and OR in long brackets, and the parts of a long window, begin lines."""
        if word == "BETWEEN":
            group.between += 1
        elif word == "AND" and group.between:
            group.between -= 1
        elif word in ("AND", "OR") or self._is_inner_clause(index, word, level):
            return group.level + 1
        return level

    def _is_inner_clause(self, index: int, word: str, level: Break) -> bool:
        return word in _INNER_CLAUSES and level is None and self._code[index - 1].text != "."


def _matched(code: Sequence[Token]) -> tuple[dict[int, int], list[bool]]:
    """The closing index of each bracket and CASE; which tokens close one."""
    ends: dict[int, int] = {}
    closes = [False] * len(code)
    stack: list[tuple[str, int]] = []
    for index, token in enumerate(code):
        word = token.upper if token.kind is Kind.WORD else ""
        if token.text in ("(", "[") or word == "CASE":
            stack.append((token.text if token.text in "([" else "CASE", index))
        elif token.text in (")", "]") or word == "END":
            wanted = {")": "(", "]": "["}.get(token.text, "CASE")
            if stack and stack[-1][0] == wanted:
                ends[stack.pop()[1]] = index
                closes[index] = True
    return ends, closes
