"""Where something stands in the author's text, as AMC says it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the text: offsets of its first and its last character, from 0."""

    start: int
    end: int


def span_of(node: exp.Expr | None) -> Span | None:
    """The piece that a node and all below it cover, as far as the parser kept positions."""
    if node is None:
        return None
    found = [
        (below.meta["start"], below.meta["end"])
        for below in node.walk()
        if "start" in below.meta and "end" in below.meta
    ]
    if not found:
        return None
    return Span(min(start for start, _ in found), max(end for _, end in found))


def first_span(nodes: Iterable[exp.Expr | None]) -> Span | None:
    """The piece of the first node that has one."""
    return next((span for node in nodes if (span := span_of(node))), None)


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1."""
    before = text[: max(0, offset)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def located(text: str, span: Span | None, message: str) -> str:
    """`From line 1, column 45 to line 1, column 64: <message>`; bare when the place is unknown."""
    if span is None:
        return message
    line, column = line_and_column(text, span.start)
    to_line, to_column = line_and_column(text, span.end)
    if (line, column) == (to_line, to_column):
        return f"At line {line}, column {column}: {message}"
    return f"From line {line}, column {column} to line {to_line}, column {to_column}: {message}"
