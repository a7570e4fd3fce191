"""What names mean inside one SELECT, and which carriers its joins make one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from amc.sandbox.query.carriers import Carrier, Merged, Out, Seen
from amc.sandbox.query.complaints import Complaints
from amc.sandbox.query.model import Column, Read, Relation, Value, unique


@dataclass(slots=True)
class Item:
    """One thing in FROM, under its name."""

    name: str
    relation: Relation
    node: exp.Expr
    read: Read | None = None
    optional: bool = False
    """An outer join may leave it out, so that its columns are NULL there."""


@dataclass(slots=True)
class Found:
    """What a column name was found to be."""

    item: Item
    column: Column
    outer: bool


@dataclass(slots=True)
class Scope:
    """The things in FROM of one SELECT."""

    complaints: Complaints
    parent: "Scope | None" = None
    ctes: dict[str, Any] = field(default_factory=dict)
    """The named queries that a query inside this SELECT may read."""
    items: list[Item] = field(default_factory=list)
    using: set[str] = field(default_factory=set)
    classes: list[list[Carrier]] = field(default_factory=list)
    final: dict[Carrier, Carrier] = field(default_factory=dict)
    resolved: dict[int, str | None] = field(default_factory=dict)
    """What each column node means; None for a column of an outer query."""

    def add(self, item: Item) -> None:
        """Put a thing into FROM.

        Raises:
            CompileError: there is one of that name already.
        """
        if item.name and any(other.name == item.name for other in self.items):
            raise self.complaints.at(
                item.node, f"Duplicate relation name '{item.name}' in FROM clause"
            )
        self.items.append(item)
        self.classes.extend([carrier] for carrier in unique(tuple(_carriers_of(item.relation))))

    def find(self, column: exp.Column) -> Found:
        """What a column means.

        Raises:
            CompileError: nothing, or more than one thing.
        """
        scope: Scope | None = self
        while scope is not None:
            found = scope.find_here(column)
            if found is not None:
                return Found(*found, outer=scope is not self)
            scope = scope.parent
        if column.table:
            if self._knows_table(column.table):
                raise self.complaints.at(
                    column, f"Column '{column.name}' not found in table '{column.table}'"
                )
            raise self.complaints.at(column.args["table"], f"Table '{column.table}' not found")
        raise self.complaints.at(column, f"Column '{column.name}' not found in any table")

    def _knows_table(self, name: str) -> bool:
        scope: Scope | None = self
        while scope is not None:
            if any(item.name == name.lower() for item in scope.items):
                return True
            scope = scope.parent
        return False

    def find_here(self, column: exp.Column) -> tuple[Item, Column] | None:
        """What a column means in this SELECT alone; None when it means nothing here.

        Raises:
            CompileError: it is ambiguous.
        """
        hits = [
            (item, found)
            for item in self.items
            if not column.table or item.name == column.table.lower()
            for found in item.relation.find(column.name)
        ]
        if len(hits) > 1 and column.name.lower() not in self.using:
            raise self.complaints.at(column, f"Column '{column.name}' is ambiguous")
        return hits[0] if hits else None

    def link(self, left: Carrier, right: Carrier) -> None:
        """Two carriers hold the same person in every row, or one of them holds none."""
        first, second = self._class(left), self._class(right)
        if first is not None and second is not None and first is not second:
            first.extend(second)
            self.classes.remove(second)

    def same(self, left: Carrier, right: Carrier) -> bool:
        """Whether two carriers were linked."""
        return left is right or (
            (found := self._class(left)) is not None and any(c is right for c in found)
        )

    def _class(self, carrier: Carrier) -> "list[Carrier] | None":
        return next((c for c in self.classes if any(m is carrier for m in c)), None)

    def settle(self) -> None:
        """Called when FROM and WHERE have been read: make one carrier of each class."""
        for members in self.classes:
            distinct = self._stays_distinct(members)
            if len(members) == 1:
                if isinstance(members[0], Seen) and not distinct:
                    members[0].distinct = False
                self.final[members[0]] = members[0]
                continue
            solid = [c for item in self.items if not item.optional for c in item.relation.carriers]
            merged = Merged(
                tuple(members), distinct, next((m for m in members if m in solid), None)
            )
            self.final |= dict.fromkeys(members, merged)

    def _stays_distinct(self, members: list[Carrier]) -> bool:
        return all(member.distinct for member in members) and all(
            item.relation.single_row
            or any(carrier is member for carrier in item.relation.carriers for member in members)
            for item in self.items
        )

    def settled(self, value: Value, item: Item) -> Value:
        """A value with the carriers as the joins left them.

        The user id of an optional side stands for itself alone: it is NULL where the row's person
        is known by the other side.
        """
        person = value.person
        if person is not None and not item.optional:
            person = self.final.get(person, person)
        return value.but(
            person=person, carriers=unique(tuple(self.final.get(c, c) for c in value.carriers))
        )

    def whole(self, person: Carrier) -> bool:
        """Whether a user id is that of the row's person in every row."""
        return self.final.get(person, person) is person

    def once_each(self, person: Carrier) -> bool:
        """Whether nobody stands behind two rows."""
        return self.final.get(person, person).distinct

    def joined_person(self, persons: "list[Carrier | None]") -> "Carrier | None":
        """Whose id COALESCE over several user ids is; None when it is nobody's in particular."""
        known = [person for person in persons if person is not None]
        if not known or len(known) < len(persons):
            return None
        merged = {self.final.get(person, person) for person in known}
        if len(merged) > 1:
            same = all(self.same(person, known[0]) for person in known)
            return known[0] if same and not self.final else None
        (whole,) = merged
        if not isinstance(whole, Merged) or whole in known:
            return whole
        return whole if set(whole.parts) <= set(known) else known[0]

    @property
    def paths(self) -> frozenset[int]:
        """The reads of data sources in FROM."""
        return frozenset().union(*(item.relation.paths for item in self.items))

    def row_carriers(self) -> tuple[Carrier, ...]:
        """Who stands behind a row of FROM."""
        return unique(
            tuple(self.final.get(c, c) for item in self.items for c in item.relation.carriers)
        )


def localized(relation: Relation, alias: Callable[[], str]) -> Relation:
    """A finished relation as a SELECT sees it that reads it under a name."""
    seen: dict[Carrier, Carrier] = {}

    def local(carrier: Carrier) -> Carrier:
        if not isinstance(carrier, Out):
            return carrier
        if carrier not in seen:
            seen[carrier] = Seen(carrier, alias, carrier.distinct)
        return seen[carrier]

    columns = [
        Column(
            column.name,
            column.value.but(
                person=local(column.value.person) if column.value.person else None,
                carriers=tuple(local(c) for c in column.value.carriers),
                aggregate=False,
            ),
        )
        for column in relation.columns
    ]
    return Relation(
        columns, tuple(local(c) for c in relation.carriers), relation.paths, relation.single_row
    )


def _carriers_of(relation: Relation) -> Iterator[Carrier]:
    yield from relation.carriers
    for column in relation.columns:
        if column.value.person is not None:
            yield column.value.person
        yield from column.value.carriers


def conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    """The parts that all must hold."""
    parts = list(condition.flatten()) if isinstance(condition, exp.And) else [condition.unnest()]
    return [deep for p in parts for deep in (conjuncts(p) if isinstance(p, exp.And) else [p])]
