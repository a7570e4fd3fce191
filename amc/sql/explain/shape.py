"""What one row of a query is."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

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
        more_keys: other sets of columns that tell the rows apart: a row number with what it is
            numbered by, columns of a VALUES list without repeats.
    """

    columns: tuple[str, ...] = ()
    keys: frozenset[str] | None = None
    text: str = "rows that cannot be told"
    shown: tuple[str, ...] = ()
    base: str = ""
    is_single: bool = False
    more_keys: tuple[frozenset[str], ...] = ()

    @property
    def all_keys(self) -> tuple[frozenset[str], ...]:
        """Every known set of columns that tells the rows apart, the main one first."""
        return self.more_keys if self.keys is None else (self.keys, *self.more_keys)

    def is_unique_by(self, names: Iterable[str]) -> bool:
        """Whether these columns tell its rows apart."""
        given = set(names)
        return self.is_single or any(key <= given for key in self.all_keys)


def in_words(names: Iterable[str]) -> str:
    """`a, b and c`; "nothing" when there is none."""
    listed = list(names)
    if not listed:
        return "nothing"
    if len(listed) == 1:
        return listed[0]
    return f"{', '.join(listed[:-1])} and {listed[-1]}"


def not_shown(names: Iterable[str]) -> str:
    """` (a and b are not shown)`; empty without names."""
    listed = list(names)
    return (
        f" ({in_words(listed)} {'is' if len(listed) == 1 else 'are'} not shown)" if listed else ""
    )


def plain(node: exp.Expr) -> exp.Expr:
    """A node without brackets around it."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node
