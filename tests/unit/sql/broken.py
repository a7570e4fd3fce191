"""Broken forms of a query: what an editor sees while somebody types."""

from collections.abc import Iterator

from amc.sql.lex import lex


def prefixes(sql: str, stride: int = 1, first: int = 0) -> Iterator[str]:
    """The text up to the end, and to the middle, of every stride-th token."""
    for token in lex(sql)[first::stride]:
        yield sql[: token.end]
        yield sql[: (token.start + token.end) // 2]


def without_one_token(sql: str, stride: int = 1, first: int = 0) -> Iterator[str]:
    """The text without every stride-th token."""
    for token in lex(sql)[first::stride]:
        yield sql[: token.start] + sql[token.end :]


def with_one_twice(sql: str, stride: int = 1, first: int = 0) -> Iterator[str]:
    """The text with every stride-th token written twice."""
    for token in lex(sql)[first::stride]:
        yield f"{sql[: token.end]} {sql[token.start :]}"
