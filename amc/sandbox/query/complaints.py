"""What the compiler says, in AMC's (Calcite's) words."""

from sqlglot import exp

from amc.sandbox.query.errors import CompileError
from amc.sandbox.query.position import Span, located, span_of


class Complaints:
    """Makes errors that point into one text."""

    def __init__(self, text: str, workflow_id: str) -> None:
        """Keep the author's text."""
        self.text, self._workflow_id = text, workflow_id

    def at(self, node: exp.Expr | Span | None, message: str) -> CompileError:
        """An error at a place of the text."""
        span = node if isinstance(node, Span) or node is None else span_of(node)
        return self.bare(located(self.text, span, message))

    def bare(self, message: str) -> CompileError:
        """An error without a place."""
        return CompileError(message, self._workflow_id)

    def written(self, node: exp.Expr) -> str:
        """A node as the author wrote it."""
        span = span_of(node)
        return self.text[span.start : span.end + 1] if span else node.sql()

    def between(self, start: object, end: object) -> Span | None:
        """A place from an offset to an offset; a bracket right outside belongs to it."""
        if not isinstance(start, int) or not isinstance(end, int):
            return None
        before = self.text[:start].rstrip()
        after = self.text[end + 1 :]
        if before.endswith("(") and after.lstrip().startswith(")"):
            return Span(len(before) - 1, end + 1 + after.index(")"))
        return Span(start, end)
