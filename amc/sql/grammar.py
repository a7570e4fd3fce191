"""What sqlglot's lenient parser lets pass and AMC's does not: refused on the tokens, in one pass.

`WHERE` behind `GROUP BY`, `FROM 'table'`, `IN 1, 2`, a comma forgotten between two texts (which
would become one text), `SELECT FROM t`: each would otherwise be read as something that the author
did not write.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from amc.sql.lex import Kind, Token, error_at

_RANKS = {
    "FROM": 1,
    "WHERE": 2,
    "GROUP": 3,
    "HAVING": 4,
    "QUALIFY": 5,
    "WINDOW": 6,
    "ORDER": 7,
    "LIMIT": 8,
    "OFFSET": 8,
    "FETCH": 8,
}
_CLAUSES = {1: "FROM", 2: "WHERE", 3: "GROUP BY", 4: "HAVING", 5: "QUALIFY", 6: "WINDOW"}
_LATER = {**_CLAUSES, 7: "ORDER BY", 8: "LIMIT"}
_SETS = {"UNION", "INTERSECT", "EXCEPT"}
_RESERVED = {*_RANKS, *_SETS, "SELECT", "JOIN", "ON", "AS", "AND", "OR", "USING", "WHEN", "THEN"}
_AFTER_IS = {"NULL", "NOT", "TRUE", "FALSE", "UNKNOWN", "DISTINCT"}
# Behind one of these a pair of empty brackets means something: OVER (), WINDOW w AS ().
_EMPTY_AFTER = {"OVER", "AS"}
_NEVER_CALLED = {
    *_RESERVED,
    *("IN", "VALUES", "NOT", "LIKE", "BETWEEN", "CASE", "ELSE", "BY", "WHERE", "DISTINCT", "ALL"),
}
# `1AS a` and `x = 1AND y` are read as they are meant.
_BEHIND_NUMBERS = {
    *_RESERVED,
    *("END", "ELSE", "IN", "IS", "LIKE", "BETWEEN", "NOT", "ASC", "DESC", "PRECEDING", "FOLLOWING"),
}
_STRING_PREFIXES = {"N", "U", "E", "B", "X", "R", "_UTF8"}
_NO_OPERATORS = {"->", "->>", "=>"}
_QUERY_STARTS = {"SELECT", "WITH", "VALUES"}
_NAMES = (Kind.WORD, Kind.QUOTED)


@dataclass(slots=True)
class _Frame:
    """One pair of brackets, or the whole text: how far its SELECT has come."""

    rank: int | None = None
    opener: str = ""
    has_with: bool = False


def check_grammar(code: Sequence[Token]) -> None:
    """Refuse what no query of AMC SQL holds; `code` has no comments.

    Raises:
        SqlSyntaxError: with the place and what was expected.
    """
    frames = [_Frame()]
    for index, token in enumerate(code):
        before = code[index - 1] if index else None
        after = code[index + 1] if index + 1 < len(code) else None
        if token.kind is Kind.SYMBOL:
            _sign(frames, token, before, after)
        elif token.kind is Kind.WORD:
            if before is None or before.text != ".":
                _word(frames, code, index)
        else:
            _value(frames[-1], token, before, after)


def _sign(frames: list[_Frame], token: Token, before: Token | None, after: Token | None) -> None:
    text, frame = token.text, frames[-1]
    if text == "(":
        _bracket(frame, token, before, after)
        frames.append(_Frame(opener=before.upper if before is not None else ""))
    elif text == ")" and len(frames) > 1:
        frames.pop()
    elif text == "," and frame.rank in (2, 4):
        clause = _CLAUSES[frame.rank]
        raise error_at(
            token,
            f"A comma cannot stand in {clause}.",
            expected="AND or OR",
            hint=f"Put AND between conditions; tables stand in FROM, before {clause}.",
        )
    elif text == ".":
        _dot(token, before, after)
    elif text == "[" and not _is_indexed(before):
        raise error_at(
            token,
            "[ ] marks no name and no list here.",
            hint="Fill the placeholder in; a list is written ARRAY[…].",
        )
    elif text in _NO_OPERATORS:
        raise error_at(token, f"{text} is no operator of AMC SQL.")


def _is_indexed(before: Token | None) -> bool:
    if before is None:
        return False
    named = before.kind in _NAMES and before.upper not in _NEVER_CALLED
    return named or before.text in (")", "]")


def _bracket(frame: _Frame, token: Token, before: Token | None, after: Token | None) -> None:
    if after is None or before is None:
        return
    is_name = before.kind in _NAMES
    if after.text == ")":
        called = is_name and before.upper not in _NEVER_CALLED
        means = before.upper in _EMPTY_AFTER or frame.opener == "SETS"
        if not called and not means:
            raise error_at(after, "There is nothing in these brackets.", expected="a value")
    elif (
        frame.has_with
        and frame.rank is None
        and is_name
        and before.upper not in ("AS", "MATERIALIZED", *_SETS, "ALL", "DISTINCT")
        and after.upper in _QUERY_STARTS
    ):
        raise error_at(token, f"AS is missing behind {before.text}.", expected="AS")


def _dot(token: Token, before: Token | None, after: Token | None) -> None:
    ends = before is not None and (before.kind in _NAMES or before.text in (")", "]"))
    if not ends:
        raise error_at(token, "There is no name before this dot.", expected="a name")
    if after is None or not (after.kind in _NAMES or after.text == "*"):
        raise error_at(token, "There is no name behind this dot.", expected="a column")
    if after.kind is Kind.WORD and after.upper in _RESERVED:
        raise error_at(after, f"There is no name behind this dot, but {after.text}.")


def _word(frames: list[_Frame], code: Sequence[Token], index: int) -> None:
    token, frame = code[index], frames[-1]
    word = token.upper
    if word in _RANKS:
        _clause(frame, code, index)
    elif word in _SETS:
        frame.rank = None
    elif handler := _HANDLERS.get(word):
        handler(frame, code, index)
    elif word in _STRING_PREFIXES and index + 1 < len(code):
        after = code[index + 1]
        glued = after.start == token.end
        if glued and (after.kind is Kind.STRING or (word == "U" and after.text == "&")):
            raise error_at(token, f"{token.text} cannot stand before a text.", expected="a text")


def _with(frame: _Frame, code: Sequence[Token], index: int) -> None:
    if frame.rank is not None:
        raise error_at(code[index], "WITH stands before SELECT.", hint="AMC has no table hints.")
    frame.has_with = True


def _into(frame: _Frame, code: Sequence[Token], index: int) -> None:
    if frame.rank == 0:
        raise error_at(code[index], "AMC makes no tables: leave INTO out.", expected="FROM")


def _for(frame: _Frame, code: Sequence[Token], index: int) -> None:
    if frame.rank:
        raise error_at(
            code[index], "AMC locks nothing: leave FOR out.", expected="the end of the query"
        )


def _join(frame: _Frame, code: Sequence[Token], index: int) -> None:
    if frame.rank is not None and frame.rank > 1:
        clause = _LATER[frame.rank]
        raise error_at(
            code[index],
            f"JOIN belongs to FROM; {clause} comes behind it.",
            hint=f"Put the JOIN before {clause}.",
        )


def _select(frame: _Frame, code: Sequence[Token], index: int) -> None:
    frame.rank = 0
    first = index + 1
    while first < len(code) and code[first].upper in ("DISTINCT", "ALL"):
        first += 1
    if first == len(code):
        return
    token = code[first]
    ends = token.kind is Kind.WORD and (token.upper in _RANKS or token.upper in _SETS)
    if ends or token.text in (")", ";"):
        raise error_at(token, "SELECT names no columns.", expected="a column")


def _clause(frame: _Frame, code: Sequence[Token], index: int) -> None:
    """The clauses of a SELECT stand in one order, each once."""
    token = code[index]
    word, rank = token.upper, _RANKS[token.upper]
    before = code[index - 1].upper if index else ""
    if frame.rank is None or before == "AS":
        return
    if word == "FROM" and before == "DISTINCT" and code[index - 2].upper in ("IS", "NOT"):
        return
    if (word == "GROUP" and before == "WITHIN") or _is_name(code, index):
        return
    shown = "GROUP BY" if word == "GROUP" else "ORDER BY" if word == "ORDER" else word
    if rank < frame.rank:
        raise error_at(
            token,
            f"{shown} stands before {_LATER[frame.rank]}, not behind it.",
            hint=f"Move {shown} up.",
        )
    if rank == frame.rank and rank < 8:
        raise error_at(token, f"There is a second {shown} here.", hint="Join both into one.")
    frame.rank = rank


def _is_name(code: Sequence[Token], index: int) -> bool:
    """`window`, `limit`, `offset` and `fetch` may be columns: then an operator or comma follows."""
    after = code[index + 1] if index + 1 < len(code) else None
    word = code[index].upper
    if word not in ("WINDOW", "LIMIT", "OFFSET", "FETCH", "QUALIFY"):
        return False
    return after is None or after.kind is Kind.SYMBOL or after.upper in ("FROM", "AS")


def _in(frame: _Frame, code: Sequence[Token], index: int) -> None:
    after = code[index + 1] if index + 1 < len(code) else None
    if after is not None and after.text != "(" and frame.opener != "POSITION":
        raise error_at(
            after,
            "IN takes a list in brackets.",
            expected="(",
            hint="Write IN (…); for a list parameter, ARRAY_CONTAINS(CUSTOM_PARAMETER('x'), y).",
        )


def _is(_: _Frame, code: Sequence[Token], index: int) -> None:
    after = code[index + 1] if index + 1 < len(code) else None
    if after is not None and after.upper not in _AFTER_IS:
        raise error_at(after, "Something is missing behind IS.", expected="NULL or NOT NULL")


def _as(_: _Frame, code: Sequence[Token], index: int) -> None:
    after = code[index + 1] if index + 1 < len(code) else None
    if after is None or after.text == "(":
        return
    if after.kind in (Kind.STRING, Kind.NUMBER, Kind.SYMBOL):
        raise error_at(
            after,
            f"A name stands behind AS, not {after.text[:40]}.",
            expected="a name",
            hint="Write the name without single quotes.",
        )


def _over(_: _Frame, code: Sequence[Token], index: int) -> None:
    after = code[index + 1] if index + 1 < len(code) else None
    if index == 0 or code[index - 1].text != ")" or after is None or after.text == "(":
        return
    if after.kind not in _NAMES or after.upper in _RESERVED:
        raise error_at(after, "OVER needs its window.", expected="( or a window's name")


def _using(frame: _Frame, code: Sequence[Token], index: int) -> None:
    after = code[index + 1] if index + 1 < len(code) else None
    if frame.rank == 1 and after is not None and after.text != "(":
        raise error_at(after, "USING takes its columns in brackets.", expected="(")


_HANDLERS = {
    "SELECT": _select,
    "WITH": _with,
    "INTO": _into,
    "FOR": _for,
    "JOIN": _join,
    "IN": _in,
    "IS": _is,
    "AS": _as,
    "OVER": _over,
    "USING": _using,
}


def _value(frame: _Frame, token: Token, before: Token | None, after: Token | None) -> None:
    """Texts, numbers, quoted names and placeholders, by their neighbours."""
    if token.kind is Kind.STRING and before is not None:
        if before.kind is Kind.STRING:
            raise error_at(
                token,
                "Two texts follow each other.",
                expected="a comma or an operator",
                hint="Put a comma between them; CONCAT joins texts; '' is a quote inside one.",
            )
        if frame.rank == 1 and before.upper in ("FROM", "JOIN"):
            raise error_at(
                token,
                "A table's name stands without quotes.",
                expected="a table",
                hint="Remove the quotes.",
            )
    elif token.kind is Kind.NUMBER and after is not None and after.start == token.end:
        named = after.kind in (*_NAMES, Kind.NUMBER) and after.upper not in _BEHIND_NUMBERS
        if named or after.text == ".":
            shown = f"{token.text}{after.text}"
            raise error_at(token, f"{shown[:40]} is neither a number nor a name.")
    elif token.kind is Kind.QUOTED and token.text == '""':
        raise error_at(token, "This name is empty.", expected="a name")
