"""What belongs together: WHEN and THEN, the rows of VALUES, a call's brackets and its name."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from amc.sql.lex import Kind, Token, error_at

# Behind these a bracket is an expression, which holds one value or a query.
_BEFORE_VALUES = {
    *("SELECT", "DISTINCT", "ALL", "WHERE", "AND", "OR", "NOT", "ON", "WHEN", "THEN", "ELSE"),
    *("CASE", "BETWEEN", "LIKE", "TO", "HAVING", "IS", "AS"),
}
_EQUAL = {"=", "<>", "!="}
_LISTS = {"IN", "SETS", "CUBE", "ROLLUP", "USING", "VALUES"}


@dataclass(slots=True)
class _Open:
    """A pair of brackets, or the whole text.

    Attributes:
        opening: its bracket; None for the whole text.
        index: of that bracket.
        takes_lists: whether brackets inside may hold lists: rows of VALUES, GROUP BY (a, b).
        is_one_value: whether it must hold one value.
        comma: whether it holds a comma of its own.
        is_query: whether it holds SELECT.
        cases: the CASEs that wait for their END.
        whens: for each of them, the WHEN that still waits for its THEN.
    """

    opening: Token | None = None
    index: int = 0
    takes_lists: bool = False
    is_one_value: bool = False
    comma: bool = False
    is_query: bool = False
    cases: list[Token] = field(default_factory=list)
    whens: list[Token | None] = field(default_factory=list)


def check_pairs(code: Sequence[Token]) -> None:
    """Refuse halves; `code` has no comments, and every bracket has its partner.

    Raises:
        SqlSyntaxError: with the place and what was expected.
    """
    stack = [_Open()]
    for index, token in enumerate(code):
        if token.kind is Kind.SYMBOL:
            if token.text == "(":
                _open(stack, code, index)
            elif token.text == ")" and len(stack) > 1:
                _ended(stack[-1], token)
                _close(stack.pop(), code, index)
            elif token.text == ",":
                stack[-1].comma = True
        elif token.kind is Kind.WORD and (handler := _WORDS.get(token.upper)):
            handler(stack[-1], code, index)
    if stack[-1].cases:
        raise error_at(stack[-1].cases[-1], "This CASE has no END.", expected="END")


def _open(stack: list[_Open], code: Sequence[Token], index: int) -> None:
    before = code[index - 1] if index else None
    around = stack[-1]
    if before is not None and before.text in (")", "]"):
        hint = "Put a comma between rows, or an operator between values."
        raise error_at(code[index], "Something is missing before this (.", hint=hint)
    word = before.upper if before is not None and before.kind is Kind.WORD else ""
    listed = before is not None and before.text == "," and around.takes_lists
    takes = word in _LISTS and not listed
    sign = before is not None and before.kind is Kind.SYMBOL and before.text not in (")", "]")
    one = (sign or word in _BEFORE_VALUES) and not listed
    # The first bracket inside IN ( ( … ), … ) is a row, too.
    if before is not None and before.text == "(" and around.takes_lists:
        one = False
    if word == "AS":
        one = False  # a query, or a window
    stack.append(_Open(code[index], index, takes_lists=takes, is_one_value=one))


def _close(closed: _Open, code: Sequence[Token], index: int) -> None:
    if not (closed.is_one_value and closed.comma) or closed.is_query or closed.opening is None:
        return
    after = code[index + 1] if index + 1 < len(code) else None
    second = code[index + 2] if index + 2 < len(code) else None
    word = after.upper if after is not None else ""
    # (a, b) IN (…), (a, b) = (c, d)
    if word in ("IN", "CONTAINED") or (word == "NOT" and second is not None):
        return
    if word in _EQUAL and second is not None and second.text == "(":
        return
    left = closed.index > 1 and code[closed.index - 1].text in _EQUAL
    if left and code[closed.index - 2].text == ")":
        return
    raise error_at(
        closed.opening,
        "Several values in brackets cannot stand here.",
        expected="one value",
        hint="Is the name of a function missing before the bracket?",
    )


def _case(at: _Open, code: Sequence[Token], index: int) -> None:
    at.cases.append(code[index])
    at.whens.append(None)


def _when(at: _Open, code: Sequence[Token], index: int) -> None:
    _settled(at, code, index)
    if at.whens:
        at.whens[-1] = code[index]


def _then(at: _Open, _: Sequence[Token], __: int) -> None:
    if at.whens:
        at.whens[-1] = None


def _else(at: _Open, code: Sequence[Token], index: int) -> None:
    _settled(at, code, index)


def _end(at: _Open, code: Sequence[Token], index: int) -> None:
    _settled(at, code, index)
    if at.whens:
        at.whens.pop()
        at.cases.pop()


def _settled(at: _Open, code: Sequence[Token], index: int) -> None:
    if at.whens and at.whens[-1] is not None:
        raise error_at(
            code[index],
            f"The WHEN in line {at.whens[-1].line} has no THEN before this {code[index].text}.",
            expected="THEN",
        )


def _not(_: _Open, code: Sequence[Token], index: int) -> None:
    before = code[index - 1] if index else None
    after = code[index + 1] if index + 1 < len(code) else None
    if before is None or after is None or after.upper != "NULL":
        return
    value = before.kind is not Kind.WORD or before.upper not in (*_BEFORE_VALUES, "IS", "BY")
    if value and before.text not in ("(", ",", "=", "[", "<>", "!=", "+", "-", "*", "/"):
        raise error_at(code[index], "IS is missing before NOT NULL.", expected="IS NOT NULL")


def _as(at: _Open, code: Sequence[Token], index: int) -> None:
    if at.is_one_value and not at.is_query:
        raise error_at(
            code[index],
            "AS cannot stand in these brackets.",
            expected=")",
            hint="A type is changed by CAST(x AS type); a name stands behind the bracket.",
        )


def _select(at: _Open, _: Sequence[Token], __: int) -> None:
    at.is_query = True
    at.takes_lists = False


def _values(at: _Open, _: Sequence[Token], __: int) -> None:
    at.takes_lists = True


def _group(at: _Open, code: Sequence[Token], index: int) -> None:
    _ended(at, code[index])
    at.takes_lists = True


def _clause(at: _Open, code: Sequence[Token], index: int) -> None:
    at.takes_lists = False
    if index == 0 or code[index - 1].upper != "DISTINCT":  # IS DISTINCT FROM
        _ended(at, code[index])


def _ended(at: _Open, token: Token) -> None:
    if at.cases:
        raise error_at(
            at.cases[-1],
            f"This CASE has no END before {token.text}.",
            expected="END",
        )


_WORDS = {
    **dict.fromkeys(("WHERE", "HAVING", "ORDER", "UNION", "WINDOW", "FROM"), _clause),
    "SELECT": _select,
    "WITH": _select,
    "VALUES": _values,
    "GROUP": _group,
    "CASE": _case,
    "WHEN": _when,
    "THEN": _then,
    "ELSE": _else,
    "END": _end,
    "NOT": _not,
    "AS": _as,
}
