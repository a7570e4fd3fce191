"""A text whose placeholders have no values yet, with something plausible in their places.

So it can be parsed and explained as it is written. What stands there is guessed from the
neighbours: a name behind FROM, rows behind VALUES, a number beside an operator, else a text.
"""

from collections.abc import Sequence

from amc.sql.lex import Kind, Token
from amc.sql.placeholders import (
    Probe,
    code_tokens,
    placeholder_name,
    placeholder_tokens,
    replaced,
    row_places,
)

_NUMERIC = {"*", "/", "+", "-", "<", ">", "<=", ">=", "%"}


def stand_in(sql: str, *, number: bool = False) -> Probe:
    """The text with stand-ins, and the way back to the author's places.

    Where nothing tells a text from a number a text stands in, or a number when `number`.

    Raises:
        SqlSyntaxError: a placeholder stands inside a string, or something is not closed.
    """
    rows: list[dict[int, int]] = []

    def write(tokens: Sequence[Token], index: int) -> str:
        if not rows:
            rows.append(row_places(tokens))
        return _guess(tokens, index, rows[0], number=number)[0]

    return replaced(sql, write)


def placeholder_uses(sql: str) -> list[tuple[str, str, str]]:
    """Name, kind ("name", "rows", "number", "text or number") and place of each placeholder.

    Raises:
        SqlSyntaxError: as `stand_in`.
    """
    tokens = code_tokens(sql)
    placeholder_tokens(tokens)
    rows = row_places(tokens)
    found: dict[str, tuple[str, str, str]] = {}
    for index, token in enumerate(tokens):
        if token.kind is Kind.PLACEHOLDER:
            name, kind = placeholder_name(token), _guess(tokens, index, rows)[1]
            found.setdefault(name, (name, kind, f"bound into the text (line {token.line})"))
    return list(found.values())


def _guess(
    tokens: Sequence[Token], index: int, rows: dict[int, int], *, number: bool = False
) -> tuple[str, str]:
    before = tokens[index - 1] if index else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if before is None:
        return "x", "name"
    if index in rows:
        width = _width(tokens, rows[index] + 1)
        return f"({', '.join(['1'] * width)})", "rows"
    if before.upper in ("FROM", "JOIN", "AS", ".") or (after is not None and after.text in ".("):
        return "x", "name"
    if (before.text in _NUMERIC or (after is not None and after.text in _NUMERIC)) and (
        before.kind is not Kind.WORD or after is None or after.text in _NUMERIC
    ):
        return "1", "number"
    return "1" if number else "'x'", "text or number"


def _width(tokens: Sequence[Token], index: int) -> int:
    """How many columns the rows at `c (a, b) AS (VALUES {{ rows }})` have; 1 when unknown."""
    position = index - 2
    while (position >= 0 and tokens[position].text in ("(", ")")) or (
        position >= 0 and tokens[position].upper == "AS"
    ):
        if tokens[position].text == ")":
            break
        position -= 1
    if position < 0 or tokens[position].text != ")":
        return 1
    names = 1
    for token in reversed(tokens[:position]):
        if token.text == "(":
            return names
        if token.text == ",":
            names += 1
        elif token.kind not in (Kind.WORD, Kind.QUOTED):
            break
    return 1
