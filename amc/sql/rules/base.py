"""What a rule is: a code, a severity, its documentation, and a function over the analysis."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from sqlglot import exp

from amc.sql.analysis import Analysis
from amc.sql.findings import Severity
from amc.sql.places import Places, Span


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may look at.

    Attributes:
        analysis: the one walk over the query.
        places: the author's text and where nodes stand in it.
        parameters: declared parameters with their data type (`STRING`, `ARRAY[STRING]`, empty
            when only the name is known); None when nobody said what is declared.
        audience: whether it is an audience query.
        window: how long the execution's window is; None when nobody said.
    """

    analysis: Analysis
    places: Places
    parameters: Mapping[str, str] | None = None
    audience: bool = False
    window: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """What a fix writes in place of a span of the text."""

    span: Span
    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark before it is a finding: where (a node, or a span of the text), what, the fix."""

    at: exp.Expr | Span
    message: str
    edit: Edit | None = None


Look = Callable[[Context], Iterator[Remark]]


@dataclass(frozen=True, slots=True)
class Given:
    """What a query is checked with, beside its text: for a rule's own examples."""

    audience: bool | None = False
    parameters: Mapping[str, str] | None = None
    window_days: int | None = None
    absent: tuple[str, ...] = ()
    """Tables that the instance has not."""

    def options(self) -> dict[str, Any]:
        """As arguments of `check`, without the catalog."""
        window = None if self.window_days is None else timedelta(days=self.window_days)
        return {"audience": self.audience, "parameters": self.parameters, "window": window}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the checker.

    Attributes:
        code: stable, such as `unknown-table`.
        severity: the default one.
        what: one sentence on what is wrong.
        why: why AMC does so.
        wrong: a query with this fault.
        right: the query without it.
        look: finds the places.
        given: what both examples are checked with.
    """

    code: str
    severity: Severity
    what: str
    why: str
    wrong: str
    right: str
    look: Look
    given: Given = field(default_factory=Given)


def near(name: str, known: Iterable[str]) -> str | None:
    """The name that was probably meant, when one is near enough."""
    found = get_close_matches(name.lower(), list(known), n=1, cutoff=0.75)
    return found[0] if found else None


def meant(found: str | None) -> str:
    """` Did you mean 'x'?`, when there is a guess."""
    return f" Did you mean '{found}'?" if found else ""


def written(context: Context, node: exp.Expr, name: str) -> Edit | None:
    """An edit that writes another name for a name in the text, quoted as it was."""
    identifier = node if isinstance(node, exp.Identifier) else node.args.get("this")
    if not isinstance(identifier, exp.Identifier):
        return None
    span = context.places.span(identifier)
    return Edit(span, f'"{name}"' if identifier.args.get("quoted") else name)
