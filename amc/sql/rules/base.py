"""What a rule is: a code, a severity, its documentation, and a function over the analysis."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from amc.sql.analysis import Analysis
from amc.sql.findings import Severity


@dataclass(frozen=True, slots=True)
class Declared:
    """Parameters that are declared for a query; None when nobody said."""

    names: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may look at."""

    analysis: Analysis
    declared: Declared
    audience: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark before it has a place in the text."""

    node: exp.Expr
    message: str
    replacement: str | None = None


Look = Callable[[Context], Iterator[Remark]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the checker.

    Attributes:
        code: stable, such as `unknown-table`.
        severity: the default one.
        what: one sentence on what is wrong.
        why: why AMC does so.
        wrong, right: an example of each.
        look: finds the places.
    """

    code: str
    severity: Severity
    what: str
    why: str
    wrong: str
    right: str
    look: Look
