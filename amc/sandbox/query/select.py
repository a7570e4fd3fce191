"""The analysis of a query: SELECTs, CTEs, joins, UNIONs, each as a relation with its lineage."""

from dataclasses import dataclass, field

from sqlglot import exp

from amc.sandbox.query.bodies import SelectBody, rename
from amc.sandbox.query.carriers import Carrier, Direct, Form, Out, Tally
from amc.sandbox.query.combining import Finished, distinct, union
from amc.sandbox.query.complaints import Complaints
from amc.sandbox.query.equivalent import Level
from amc.sandbox.query.grouping import Lift, check_grouped, expand_aliases, group_keys
from amc.sandbox.query.ids import UserIds
from amc.sandbox.query.literals import LiteralBan
from amc.sandbox.query.model import Column, Read, Relation, Value, unique
from amc.sandbox.query.naming import named_before, renamed, star_of, values_of
from amc.sandbox.query.scope import Item, Scope, conjuncts, localized
from amc.sandbox.query.sources import Sources
from amc.sandbox.query.tables import read_table
from amc.sandbox.query.values import Reader

Ctes = dict[str, "Cte"]


@dataclass(slots=True)
class Cte:
    """A named query; `node` is where it stands."""

    relation: Relation
    node: exp.CTE


@dataclass(slots=True)
class Analyzer:
    """Analyses one query and prepares its tree: names given, stars spelled out, aliases settled."""

    complaints: Complaints
    sources: Sources
    declared: frozenset[str]
    ban: LiteralBan
    tally: Tally = field(default_factory=Tally)
    ids: UserIds = field(default_factory=UserIds)
    reads: list[Read] = field(default_factory=list)
    last: Level | None = None  # the SELECT that was read last; at the end, the outermost one

    def query(self, node: exp.Expr, ctes: Ctes, parent: Scope | None = None) -> Finished:
        """A SELECT or UNION, with or without WITH and parentheses.

        Raises:
            CompileError: AMC does not compile it.
        """
        if isinstance(node, exp.Subquery):
            return self.query(node.this, self._with(node, ctes, parent), parent)
        ctes = self._with(node, ctes, parent)
        if isinstance(node, exp.SetOperation):
            return self._union(node, ctes, parent)
        if isinstance(node, exp.Select):
            return self._select(node, ctes, parent)
        if isinstance(node, exp.Values):
            return values_of(node, self.complaints)
        raise self.complaints.at(node, "SQL query was invalid")

    def nested(self, node: exp.Expr, scope: Scope) -> Relation:
        """See `Subqueries`."""
        return self.query(node, scope.ctes, scope).relation

    def scalar_carriers(
        self, node: exp.Expr, relation: Relation, scope: Scope
    ) -> tuple[Carrier, ...]:
        """See `Subqueries`: a second copy of the subquery gives who stands behind the first."""

        def make(place: int, form: Form) -> exp.Expr:
            shadow = exp.Subquery(
                this=(node.this if isinstance(node, exp.Subquery) else node).copy(),
                alias=exp.TableAlias(this=exp.to_identifier(self.tally.fresh())),
            )
            first = len(self.reads)
            finished = self.query(shadow, scope.ctes, scope)
            for read in self.reads[first:]:
                read.shadow = True
            out = finished.relation.columns[0].value.carriers[place]
            name = out.name(form) if isinstance(out, Out) else ""
            return exp.Subquery(this=exp.select(exp.column(name)).from_(shadow, copy=False))

        return tuple(
            Direct(lambda form, place=place: make(place, form), carrier.one)  # type: ignore[misc]
            for place, carrier in enumerate(relation.columns[0].value.carriers)
        )

    def _with(self, node: exp.Expr, ctes: Ctes, parent: Scope | None) -> Ctes:
        clause = node.args.get("with_")
        if clause is None:
            return ctes
        known = dict(ctes)
        for cte in clause.expressions:
            if any(cte.alias.lower() == other.alias.lower() for other in named_before(cte, clause)):
                raise self.complaints.at(
                    cte.args["alias"], f"Duplicate relation name '{cte.alias}' in WITH clause"
                )
            finished = self.query(cte.this, known, parent)
            known[cte.alias.lower()] = Cte(renamed(finished.relation, cte, self.complaints), cte)
        return known

    # FROM

    def _from(self, node: exp.Select, ctes: Ctes, parent: Scope | None) -> Scope:
        scope = Scope(self.complaints, parent, ctes)
        clause = node.args.get("from_")
        if clause is None:
            return scope
        scope.add(self._item(clause.this, ctes, parent))
        reader = self._reader(scope, "ON")
        for join in node.args.get("joins") or ():
            self._joined_item(scope, join, self._item(join.this, ctes, parent))
            for name in join.args.get("using") or ():
                self._using(scope, name)
            condition = join.args.get("on")
            if condition is not None:
                reader.read(condition)
                self._link(scope, condition, reader)
        return scope

    def _joined_item(self, scope: Scope, join: exp.Join, item: Item) -> None:
        side, method = join.side.upper(), join.method.upper()
        if side == "RIGHT":
            raise self.complaints.at(join, "RIGHT JOIN is not supported")
        if method or join.kind.upper() not in ("", "INNER", "OUTER", "CROSS"):
            raise self.complaints.at(join, f"{method or join.kind.upper()} JOIN is not supported")
        item.optional = side in ("LEFT", "FULL")
        if side == "FULL":
            for other in scope.items:
                other.optional = True
        scope.add(item)

    def _using(self, scope: Scope, name: exp.Expr) -> None:
        key = name.name.lower()
        *earlier, last = scope.items
        right = last.relation.find(key)
        left = next((found for item in earlier for found in item.relation.find(key)), None)
        if left is None or not right:
            raise self.complaints.at(name, f"Column '{name.name}' not found in any table")
        self.ban.check([(name, left.value), (name, right[0].value)])
        self.ids.side_by_side([left.value, right[0].value])
        if left.value.person is not None and right[0].value.person is not None:
            scope.link(left.value.person, right[0].value.person)
        scope.using.add(key)

    def _link(self, scope: Scope, condition: exp.Expr, reader: Reader) -> None:
        for part in conjuncts(condition):
            if isinstance(part, exp.EQ):
                left, right = reader.read(part.left).person, reader.read(part.right).person
                if left is not None and right is not None:
                    scope.link(left, right)

    def _item(self, node: exp.Expr, ctes: Ctes, parent: Scope | None) -> Item:
        if isinstance(node, exp.Subquery | exp.Values):
            return self._derived(node, ctes, parent)
        if not isinstance(node, exp.Table):
            raise self.complaints.at(node, "SQL query was invalid")
        cte = ctes.get(node.name.lower()) if not node.db else None
        if cte is not None and isinstance(node.this, exp.Identifier):
            name = (node.alias or node.name).lower()
            return Item(name, localized(cte.relation, lambda: node.alias or node.name), node)
        read, relation = read_table(node, len(self.reads), self.sources, self.complaints)
        self.reads.append(read)
        return Item((node.alias or read.source).lower(), relation, node, read)

    def _derived(self, node: exp.Subquery | exp.Values, ctes: Ctes, parent: Scope | None) -> Item:
        finished = self.query(node, ctes, parent)
        relation = renamed(finished.relation, node, self.complaints)

        def alias() -> str:
            if not node.alias:
                node.set("alias", exp.TableAlias(this=exp.to_identifier(self.tally.fresh())))
            return str(node.alias)

        return Item(node.alias.lower(), localized(relation, alias), node)

    # SELECT

    def _reader(self, scope: Scope, clause: str) -> Reader:
        return Reader(scope, self.complaints, self, self.ban, self.ids, self.declared, clause)

    def _select(self, node: exp.Select, ctes: Ctes, parent: Scope | None) -> Finished:
        scope = self._from(node, ctes, parent)
        where = node.args.get("where")
        if where is not None:
            reader = self._reader(scope, "WHERE")
            reader.read(where.this)
            self._link(scope, where.this, reader)
        scope.settle()
        self._spell_stars(node, scope)
        grouping = group_keys(node, self._reader(scope, "GROUP BY"), self.complaints)
        for key, value in grouping.keys:
            self.ban.check_key(key, value)
        reader = self._reader(scope, "SELECT")
        lift = Lift(grouping)
        reader.lift = lift
        values = [reader.read(item) for item in node.expressions]
        having = node.args.get("having")
        if having is not None:
            expand_aliases(having, node)
            values_having = reader.read(having.this)
        else:
            values_having = Value()
        for window in node.args.get("windows") or ():
            for part in window.args.get("partition_by") or ():
                reader.read(part)
        aggregated = grouping.stated or any(v.aggregate for v in [*values, values_having])
        if aggregated or having is not None:
            check_grouped(node, grouping, scope, self.complaints)
        self.last = Level(node, scope, grouping)
        return self._finish(node, scope, values, lift if aggregated else None)

    def _finish(
        self, node: exp.Select, scope: Scope, values: list[Value], lift: Lift | None
    ) -> Finished:
        body = SelectBody(node)
        made: dict[Carrier, Out] = {}
        visible = {
            value.person: item.output_name
            for item, value in zip(node.expressions, values, strict=True)
            if value.person is not None
        }

        def out(carrier: Carrier) -> Out:
            if lift is not None:
                carrier = lift.row(carrier)
            if carrier not in made:
                made[carrier] = Out(body, self.tally, carrier.one, carrier.distinct, inner=carrier)
            return made[carrier]

        columns = []
        for item, value in zip(node.expressions, values, strict=True):
            person = None
            if value.person is not None and _shown(value.person, scope, lift):
                person = out(value.person)
                person.visible = visible[value.person]
            metric = value.metric and (lift is None or value.aggregate)
            carriers = unique(tuple(out(c) for c in value.carriers))
            columns.append(
                Column(
                    item.output_name,
                    value.but(metric=metric, person=person, carriers=carriers, aggregate=False),
                )
            )
        total = lift is not None and not lift.grouping.keys
        relation = Relation(
            columns,
            unique(tuple(out(c) for c in scope.row_carriers())),
            scope.paths,
            total or all(item.relation.single_row for item in scope.items),
        )
        if node.args.get("distinct") is not None:
            return distinct(node, Finished(relation, body), self.tally)
        return Finished(relation, body)

    def _union(self, node: exp.SetOperation, ctes: Ctes, parent: Scope | None) -> Finished:
        sides = [self.query(side, ctes, parent) for side in (node.this, node.expression)]
        left, right = (side.relation for side in sides)
        if len(left.columns) != len(right.columns):
            kind = "UNION" if node.args.get("distinct") else "UNION ALL"
            raise self.complaints.at(node.expression, f"Column count mismatch in {kind}")
        for one, other in zip(left.columns, right.columns, strict=True):
            self.ids.side_by_side([one.value, other.value])
        return union(node, sides[0], sides[1], self.tally)

    def _spell_stars(self, node: exp.Select, scope: Scope) -> None:
        """Write the columns out that a star stands for, and give every output a name."""
        if any(star_of(item) is not None for item in node.expressions):
            spelled: list[exp.Expr] = []
            for item in node.expressions:
                table = star_of(item)
                if table is None:
                    spelled.append(item)
                    continue
                for source in scope.items:
                    if table in ("", source.name):
                        qualifier = self._qualifier(source)
                        spelled += [
                            exp.column(column.name, table=qualifier)
                            for column in source.relation.columns
                        ]
            node.set("expressions", spelled)
        for number, item in enumerate(node.expressions):
            if not item.output_name:
                rename(item, f"expr${number}")

    def _qualifier(self, item: Item) -> str:
        """A name for what stands in FROM; one is given where the author gave none."""
        node = item.node
        if not item.name:
            item.name = self.tally.fresh()
            node.set("alias", exp.TableAlias(this=exp.to_identifier(item.name)))
        return str(node.alias or node.name)


def _shown(person: Carrier, scope: Scope, lift: Lift | None) -> bool:
    """Whether an output column is the user id of whoever stands behind the row."""
    return scope.whole(person) and (lift is None or lift.grouping.key_of(person) is not None)
