"""Who stands behind a row: hidden columns of user ids that a query is made to carry along.

A *carrier* is a set of persons attached to the rows of a relation. Where each row belongs to at
most one person it is that person's user id (`one`); elsewhere it is a set. The privacy rules only
ask whether there are 2 persons, or 100: for 2 the smallest and the largest member say all, so the
set is two columns; for 100 it is an array, or only a number where nobody brings sets together.
Nothing is added to a query before somebody asks for it (`Out.name`), so what no rule needs costs
nothing. What is added is AMC SQL itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from sqlglot import exp

from amc.sandbox.query.people import PeopleCount, PeopleOf, PeopleOfSets, PeopleTogether
from amc.sql.nodes import amc_call

Form = Literal["one", "low", "high", "set", "count"]
HIDDEN = "__amc_u"


@dataclass(slots=True)
class Tally:
    """What all carriers of one query share: the cap, and the counter of hidden names."""

    cap: int = 2
    made: int = 0

    def fresh(self) -> str:
        """A hidden name that is not used yet."""
        self.made += 1
        return f"{HIDDEN}{self.made}"

    def forms(self, *, one: bool, counted: bool) -> tuple[Form, ...]:
        """The columns that say who stands behind; `counted` when sets are not brought together."""
        if one:
            return ("one",)
        if self.cap <= 2:
            return ("low", "high")
        return ("count",) if counted else ("set",)


class Carrier(Protocol):
    """A carrier, seen from inside one SELECT."""

    @property
    def one(self) -> bool:
        """A row belongs to at most one person."""
        ...

    @property
    def distinct(self) -> bool:
        """No person stands behind two rows."""
        ...

    def here(self, form: Form) -> exp.Expr:
        """An expression of it that is valid in this SELECT; form `one` for a carrier of one."""
        ...


@dataclass(eq=False, slots=True)
class Direct:
    """The user id column of a data source, or any expression that is one."""

    make: Callable[[Form], exp.Expr]
    one: bool = True
    distinct: bool = False

    def here(self, form: Form) -> exp.Expr:
        """See `Carrier`."""
        return self.make(form)


@dataclass(eq=False, slots=True)
class Seen:
    """A carrier of a relation, seen by a SELECT that reads it under a name."""

    out: "Out"
    alias: Callable[[], str]
    distinct: bool

    @property
    def one(self) -> bool:
        """See `Carrier`."""
        return self.out.one

    def here(self, form: Form) -> exp.Expr:
        """See `Carrier`."""
        return exp.column(self.out.name(form), table=self.alias())


@dataclass(eq=False, slots=True)
class Merged:
    """Several carriers that a join has made one: equal, or missing in an outer join."""

    parts: tuple[Carrier, ...]
    distinct: bool
    solid: Carrier | None = None
    """One of them that is never missing."""
    one: bool = True

    def here(self, form: Form) -> exp.Expr:
        """See `Carrier`."""
        if self.solid is not None:
            return self.solid.here(form)
        first, *rest = [part.here(form) for part in self.parts]
        return exp.Coalesce(this=first, expressions=rest)


@dataclass(eq=False, slots=True)
class Gathered:
    """The persons of a group's rows, of those rows where `where` holds."""

    inner: Carrier
    where: exp.Expr | None = None
    one: bool = False
    distinct: bool = False

    def here(self, form: Form) -> exp.Expr:
        """See `Carrier`."""
        if form in ("low", "high"):
            value = self._part("one" if self.inner.one else form)
            return exp.Min(this=value) if form == "low" else exp.Max(this=value)
        if not self.inner.one:
            people = PeopleOfSets(this=self._part("set"))
            return people if form == "set" else PeopleCount(this=people)
        value = self._part("one")
        if form == "count":
            members = value if self.inner.distinct else exp.Distinct(expressions=[value])
            return exp.Count(this=members)
        return PeopleOf(this=value)

    def _part(self, form: Form) -> exp.Expr:
        value = self.inner.here(form)
        if self.where is None:
            return value
        return exp.If(this=self.where.copy(), true=value, false=exp.null())


class Body(Protocol):
    """A query body that hidden columns can be appended to."""

    def append(self, outs: "tuple[Out, ...]", form: Form, name: str) -> None:
        """Add a column with the persons of some of its carriers."""
        ...


@dataclass(eq=False, slots=True)
class Out:
    """A carrier of a finished relation: columns that are made on the first demand.

    Attributes:
        inner: what it is inside the SELECT (for a SELECT).
        parts: what it is in each branch (for a UNION).
        visible: an output column that holds the user id anyway.
        hooks: told of the name of every column that is added.
    """

    body: Body
    tally: Tally
    one: bool
    distinct: bool = False
    inner: Carrier | None = None
    parts: "tuple[tuple[Out, ...], ...]" = ()
    visible: str | None = None
    hooks: list[Callable[[str], None]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def here(self, form: Form) -> exp.Expr:
        """See `Carrier`: where its columns can be named bare."""
        return exp.column(self.name(form))

    def name(self, form: Form) -> str:
        """The column that holds it, in the asked form."""
        if self.visible is not None:
            return self.visible
        if form not in self.names:
            name = self.tally.fresh()
            self.body.append((self,), form, name)
            for hook in self.hooks:
                hook(name)
            self.names[form] = name
        return self.names[form]


def asked(form: Form, *, one: bool, several: bool) -> Form:
    """The form to ask a part for, so that the parts together can be had in a form."""
    if one:
        return "one"
    return "set" if form == "count" and several else form


def joined(parts: list[tuple[exp.Expr, bool]], form: Form) -> exp.Expr:
    """Several carriers of one row as one value; each with whether it is of one person."""
    if form == "one":
        return parts[0][0] if parts else _nobody()
    if form in ("low", "high"):
        return _extreme([value for value, _ in parts], form)
    if form == "count" and len(parts) <= 1:
        if not parts:
            return exp.Literal.number(0)
        value, one = parts[0]
        return _one_count(value) if one else value
    sets = [exp.Array(expressions=[value]) if one else value for value, one in parts]
    if len(sets) == 1 and not parts[0][1] and form == "set":
        return sets[0]
    people = PeopleTogether(expressions=sets or [exp.Array(expressions=[_nobody()])])
    return people if form == "set" else PeopleCount(this=people)


def _extreme(values: Iterable[exp.Expr], form: Form) -> exp.Expr:
    """The smallest or largest; unlike LEAST and GREATEST, NULLs do not spoil it."""
    result: exp.Expr | None = None
    for value in values:
        if result is None:
            result = value
            continue
        name = "LEAST" if form == "low" else "GREATEST"
        both = amc_call(name, result.copy(), value.copy())
        result = exp.Coalesce(this=both, expressions=[result, value])
    return _nobody() if result is None else result


def _nobody() -> exp.Expr:
    return exp.cast(exp.null(), "VARCHAR")


def _one_count(user: exp.Expr) -> exp.Expr:
    missing = exp.Is(this=user, expression=exp.null())
    return exp.If(this=missing, true=exp.Literal.number(0), false=exp.Literal.number(1))
