"""What one row of a query is."""

from collections.abc import Iterable
from dataclasses import dataclass

ROW = "one row"


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of the rows of a query or table.

    Attributes:
        columns: names, in lower case, in order.
        keys: columns that tell the rows apart; empty for one row at most; None when none do.
        text: what one row is, in words.
        shown: the keys in the order in which the author wrote them.
        base: the table whose rows these are, each once; empty otherwise.
        is_single: whether there is one row at most.
    """

    columns: tuple[str, ...] = ()
    keys: frozenset[str] | None = None
    text: str = "rows that cannot be told"
    shown: tuple[str, ...] = ()
    base: str = ""
    is_single: bool = False

    def is_unique_by(self, names: Iterable[str]) -> bool:
        """Whether these columns tell its rows apart."""
        return self.is_single or (self.keys is not None and self.keys <= set(names))


def in_words(names: Iterable[str]) -> str:
    """`a, b and c`; "nothing" when there is none."""
    listed = list(names)
    if not listed:
        return "nothing"
    if len(listed) == 1:
        return listed[0]
    return f"{', '.join(listed[:-1])} and {listed[-1]}"
