"""Where nodes stand in the author's text, exactly: from the first to behind the last character."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property

from sqlglot import exp

from amc.sql.lex import Kind, LineIndex, Token

Span = tuple[int, int]
"""Offsets of the first character and behind the last one."""

_CALLED = ("CAST", "TRY_CAST", "SAFE_CAST", "EXTRACT", "TRIM", "SUBSTRING", "POSITION", "EXISTS")
_CLOSING_WORDS = ("ASC", "DESC", "DAY", "DAYS", "HOUR", "MINUTE", "SECOND", "WEEK", "MONTH", "YEAR")
_AFTER_IS = ("IS", "NOT", "NULL", "TRUE", "FALSE")


class Places:
    """A text with its tokens. Made once a check; nothing is computed before a remark asks."""

    def __init__(self, sql: str, tokens: Sequence[Token]) -> None:
        """Keep the text and its tokens, comments among them."""
        self.sql, self._all = sql, tokens

    @cached_property
    def tokens(self) -> list[Token]:
        """The tokens that are no comments."""
        return [t for t in self._all if not t.is_comment]

    @cached_property
    def lines(self) -> LineIndex:
        """Offsets to lines and columns."""
        return LineIndex(self.sql)

    @cached_property
    def _starts(self) -> list[int]:
        return [t.start for t in self.tokens]

    @cached_property
    def _pairs(self) -> dict[int, int]:
        """Index of each bracket's partner."""
        found, open_ = {}, []
        for index, token in enumerate(self.tokens):
            if token.kind is not Kind.SYMBOL:
                continue
            if token.text in "([":
                open_.append(index)
            elif token.text in ")]" and open_:
                start = open_.pop()
                found[start], found[index] = index, start
        return found

    def source(self, node: exp.Expr) -> str:
        """A node as the author wrote it."""
        start, end = self.span(node)
        return self.sql[start:end]

    def short(self, node: exp.Expr) -> str:
        """A node as the author wrote it, on one line and cut for a message."""
        text = " ".join(self.source(node).split())
        return text if len(text) <= 60 else text[:57] + "..."

    def span(self, node: exp.Expr) -> Span:
        """The place of a node; of the nearest node around it that has one, otherwise."""
        around: exp.Expr | None = node
        while around is not None:
            found = self._marked(around)
            if found is not None:
                return self._grown(around, *found)
            around = around.parent
        return 0, min(1, len(self.sql))

    def keyword(self, node: exp.Expr, word: str, *, whole: bool = False) -> Span:
        """The nearest keyword before a node's first token; to the node's end when `whole`."""
        found = self._marked(node)
        if found is None:
            return self.span(node)
        index = bisect_right(self._starts, found[0]) - 1
        while index >= 0 and self.tokens[index].upper != word:
            index -= 1
        if index < 0:
            return self.span(node)
        token = self.tokens[index]
        if not whole:
            return token.start, token.end
        end = max(bisect_left(self._starts, self.span(node)[1]) - 1, index)
        last = self._balanced(index, end)[1]
        if last + 1 < len(self.tokens) and self.tokens[last + 1].upper in _CLOSING_WORDS:
            last += 1
        return token.start, self.tokens[last].end

    def operator(self, node: exp.Binary, *texts: str) -> Span:
        """The operator between the two sides of a node."""
        end = self.span(node.this)[1]
        index = bisect_left(self._starts, end)
        for token in self.tokens[index : index + 4]:
            if token.upper in texts:
                return token.start, token.end
        return self.span(node)

    def token_at(self, offset: int) -> Token | None:
        """The token that begins at or after an offset."""
        index = bisect_left(self._starts, offset)
        return self.tokens[index] if index < len(self.tokens) else None

    def token_before(self, offset: int) -> Token | None:
        """The token that ends at or before an offset."""
        index = bisect_left(self._starts, offset) - 1
        return self.tokens[index] if index >= 0 else None

    def _marked(self, node: exp.Expr) -> tuple[int, int] | None:
        start, end = len(self.sql) + 1, -1
        for part in node.walk():
            meta = part.meta
            if "start" in meta and "end" in meta:
                start, end = min(start, meta["start"]), max(end, meta["end"] + 1)
        return (start, end) if end >= 0 else None

    def _grown(self, node: exp.Expr, start: int, end: int) -> Span:
        """From the marked tokens to all tokens: brackets, keywords, signs."""
        tokens, last_index = self.tokens, len(self.tokens) - 1
        first = bisect_right(self._starts, start) - 1
        last = max(bisect_left(self._starts, end) - 1, first)
        if isinstance(node, exp.Func) and last < last_index:
            last = self._call_end(node, first, last)
        first, last = self._with_words(node, *self._balanced(first, last))
        if isinstance(node, exp.Is | exp.Not):
            while last < last_index and tokens[last + 1].upper in _AFTER_IS:
                last += 1
        return tokens[first].start, tokens[last].end

    def _with_words(self, node: exp.Expr, first: int, last: int) -> Span:
        """Keywords and signs that belong to a node, by its kind."""
        if isinstance(node, exp.Paren | exp.Subquery):
            return self._bracketed(node, first, last)
        if isinstance(node, exp.Neg | exp.Not):
            return first - (first > 0 and self.tokens[first - 1].upper in ("-", "NOT")), last
        if isinstance(node, exp.Case):
            return self._case(first, last)
        if isinstance(node, exp.Cast | exp.Extract | exp.Trim | exp.Substring | exp.StrPosition):
            if isinstance(node.this, exp.Paren | exp.Subquery):
                first, last = self._bracketed(node.this, first, last)
            return self._called(first, last)
        if isinstance(node, exp.Window):
            return first, self._over(last)
        if isinstance(node, exp.Query):
            return self._select(first), last
        if isinstance(node, exp.Bracket):
            after = last + 1
            is_open = after < len(self.tokens) and self.tokens[after].text == "["
            return first, self._pairs.get(after, last) if is_open else last
        if isinstance(node, exp.Binary) and not isinstance(node, exp.Is):
            return self._unmarked(node, first, last)
        return first, last

    def _bracketed(self, node: exp.Expr, first: int, last: int) -> Span:
        if isinstance(node.this, exp.Select) and self.tokens[first].text != "(":
            first = self._select(first)
        around = self._pairs.get(first - 1)
        if around is not None and self.tokens[first - 1].text == "(" and around > last:
            return first - 1, around
        return first, last

    def _call_end(self, node: exp.Func, first: int, last: int) -> int:
        """A call without marked arguments ends at its bracket."""
        if first == last and self.tokens[first + 1].text == "(" and "start" in node.meta:
            return self._pairs.get(first + 1, last)
        return last

    def _balanced(self, first: int, last: int) -> Span:
        """Grow until every bracket inside has its partner inside."""
        index, low, high = first, first, last
        while index <= high:
            partner = self._pairs.get(index)
            if partner is not None:
                if partner > high:
                    high = partner
                elif partner < low:
                    low = partner
                    # The name of a call stands before its bracket and is marked itself; but for
                    # the calls with a syntax of their own.
                    if low > 0 and self.tokens[low - 1].upper in _CALLED:
                        low -= 1
            index += 1
        return low, high

    def _unmarked(self, node: exp.Binary, first: int, last: int) -> Span:
        """CURRENT_DATE, NULL and TRUE carry no mark: two tokens with their operator."""
        left: exp.Expr = node
        while isinstance(left, exp.Binary):
            left = left.this
        if not isinstance(left, exp.Query) and self._marked(left) is None and first >= 2:
            first -= 2
        right: exp.Expr = node
        while isinstance(right, exp.Binary):
            right = right.expression
        if self._marked(right) is None and last + 2 < len(self.tokens):
            last += 2
        return first, last

    def _case(self, first: int, last: int) -> Span:
        index = first
        while index > 0 and self.tokens[index].upper != "CASE":
            index -= 1
        depth, end = 0, index
        while end < len(self.tokens):
            depth += (self.tokens[end].upper == "CASE") - (self.tokens[end].upper == "END")
            if depth == 0:
                break
            end += 1
        return index, min(max(end, last), len(self.tokens) - 1)

    def _called(self, first: int, last: int) -> Span:
        """`CAST( … )` and its like carry no mark of their own; `x::type` has none either."""
        for index in range(first, max(first - 4, 0), -1):
            bracket = self.tokens[index - 1]
            if bracket.text == "(" and index >= 2 and self.tokens[index - 2].upper in _CALLED:
                return index - 2, self._pairs.get(index - 1, last)
        if last + 2 < len(self.tokens) and self.tokens[last + 1].text == "::":
            last += 2
            if last + 1 < len(self.tokens) and self.tokens[last + 1].text == "(":
                last = self._pairs.get(last + 1, last)
        elif first > 0 and self.tokens[first - 1].upper in ("DATE", "TIMESTAMP"):
            first -= 1
        return first, last

    def _over(self, last: int) -> int:
        for index in range(last, min(last + 3, len(self.tokens) - 1)):
            if self.tokens[index].upper == "OVER":
                return self._pairs.get(index + 1, index + 1)
        return last

    def _select(self, first: int) -> int:
        index = first
        while index > 0 and self.tokens[index].upper not in ("SELECT", "WITH", "VALUES"):
            index -= 1
        return index if self.tokens[index].upper in ("SELECT", "WITH", "VALUES") else first
