"""What an expression is: its threshold, its lineage, and who stands behind it."""

from dataclasses import dataclass

from sqlglot import exp

from amc.sandbox.query import functions
from amc.sandbox.query.aggregates import aggregated, contributes, family, first_argument, ordered
from amc.sandbox.query.complaints import Complaints
from amc.sandbox.query.ids import UserIds
from amc.sandbox.query.literals import LiteralBan
from amc.sandbox.query.model import Level, Value, combine
from amc.sandbox.query.scope import Scope
from amc.sandbox.query.seams import Lift, Subqueries
from amc.sql.functions import functions as known_functions
from amc.sql.nodes import AmcAggregate, AmcFunction, call_args, call_name


@dataclass(slots=True)
class Reader:
    """Reads expressions of one SELECT.

    Attributes:
        lift: how carriers come through the aggregation; None where no aggregate may stand, with
            `clause` saying where that is.
        declared: the workflow's parameters.
    """

    scope: Scope
    complaints: Complaints
    subqueries: Subqueries
    ban: LiteralBan
    ids: UserIds
    declared: frozenset[str]
    clause: str = "WHERE"
    lift: Lift | None = None
    in_sum: bool = False
    in_aggregate: bool = False

    def read(self, node: exp.Expr) -> Value:
        """What an expression is.

        Raises:
            CompileError: it is none that AMC compiles.
        """
        if isinstance(node, exp.Column):
            return self._column(node)
        if isinstance(node, _PLAIN):
            literal = isinstance(node, exp.Literal | exp.Boolean)
            return Value(literal=literal, null=isinstance(node, exp.Null))
        if isinstance(node, exp.Connector):
            # Flat, for chains of hundreds of ORs.
            return combine(*(self.read(part) for part in node.flatten(unnest=False)))
        if isinstance(node, exp.Window):
            return self._window(node)
        if isinstance(node, exp.Subquery | exp.Query):
            return self._scalar(node)
        if isinstance(node, exp.Exists):
            self.subqueries.nested(node.this, self.scope)
            return Value(level=Level.LOW)
        if isinstance(node, exp.Case | exp.If):
            return self._choice(node)
        if isinstance(node, exp.Predicate):
            return self._predicate(node)
        name = self._name(node)
        if name in functions.AGGREGATES:
            return self._aggregate(node, name)
        return self._call(node, name)

    def _name(self, node: exp.Expr) -> str:
        if not isinstance(node, exp.Func) or isinstance(node, exp.Cast):
            return ""
        name = call_name(node)
        spec = known_functions().get(name)
        if spec is None and name not in functions.SPECIAL:
            raise self._no_function(node, name)
        if spec is not None and type(node) in _PLAIN_CALLS:
            count = len(call_args(node))
            if not spec.min_args <= count <= (count if spec.max_args is None else spec.max_args):
                raise self._no_function(node, name)
        return name

    def _no_function(self, node: exp.Expr, name: str) -> Exception:
        shown = ", ".join(family(child) for child in call_args(node))
        return self.complaints.at(node, f"No match found for function signature {name}({shown})")

    def _column(self, node: exp.Column) -> Value:
        if isinstance(node.this, exp.Star):
            raise self.complaints.at(node, "SELECT * is not supported; name the columns")
        found = self.scope.find(node)
        self.scope.resolved[id(node)] = (
            None if found.outer else f"{id(found.item)}.{found.column.key}"
        )
        if found.outer:
            # Carriers of an outer query cannot be reached in an inner one.
            return found.column.value.but(person=None, carriers=())
        return self.scope.settled(found.column.value, found.item)

    def _all(self, node: exp.Expr) -> Value:
        values = [self.read(child) for child in node.iter_expressions()]
        self.ids.looked_into(values)
        return combine(*values)

    def _call(self, node: exp.Expr, name: str) -> Value:
        if name == "CUSTOM_PARAMETER":
            return self._parameter(node)
        if name == "BUILT_IN_PARAMETER":
            return Value(literal=True)
        if name == "NAMED_ROW":
            # The odd arguments are labels, no values.
            fields = [self.read(child) for child in list(node.iter_expressions())[1::2]]
            self.ids.looked_into(fields)
            return combine(*fields)
        if name in functions.COMPARING:
            values = [(child, self.read(child)) for child in node.iter_expressions()]
            self.ban.check(values)
            self.ids.looked_into(value for _, value in values)
            value = combine(*(value for _, value in values))
            return self._truth(value) if name in ("ARRAY_CONTAINS", "CONTAINED_IN") else value
        if isinstance(node, exp.Paren | exp.Alias):
            return self.read(node.this)
        if isinstance(node, exp.Coalesce) or name in ("IFNULL", "NVL"):
            return self._same_person([self.read(child) for child in node.iter_expressions()])
        value = self._all(node)
        if name == "CARDINALITY" and value.collected:
            return value.but(level=Level.NONE, collected=False)
        units = name in ("DATE_TRUNC", "EXTRACT") or isinstance(node, exp.Extract | exp.Cast)
        literal = self.read(node.this).literal if units and name != "DATE_TRUNC" else value.literal
        if name == "DATE_TRUNC":
            literal = any(
                self.read(child).literal
                for child in node.iter_expressions()
                if not isinstance(child, exp.Literal)
            )
        keeps = name in functions.ARRAY_KEEPING
        return value.but(literal=literal, collected=value.collected and keeps, person=None)

    def _same_person(self, values: list[Value]) -> Value:
        """COALESCE and the like: still a user id when every branch is that of one person."""
        value = combine(*values)
        persons = [v.person for v in values]
        same = self.ids.side_by_side(values)
        return value.but(person=self.scope.joined_person(persons), user_id=same)

    def _parameter(self, node: exp.Expr) -> Value:
        name = next((child.name for child in node.iter_expressions()), "")
        if name not in self.declared:
            raise self.complaints.bare(
                f"Filter operation filter_operation referenced an undeclared parameter {name}."
            )
        return Value(literal=True)

    def _choice(self, node: exp.Expr) -> Value:
        """CASE and IF: what may come out, and what decides which."""
        results, conditions = [], []
        if isinstance(node, exp.If):
            if node.args.get("false") is None:
                raise self._no_function(node, "IF")
            conditions.append(self.read(node.this))
            results = [node.args.get("true"), node.args.get("false")]
        else:
            results.append(node.args.get("default"))
            operand = node.this
            for branch in node.args["ifs"]:
                if operand is not None:
                    conditions.append(self._compared([operand, branch.this]))
                else:
                    conditions.append(self.read(branch.this))
                results.append(branch.args.get("true"))
        outcome = [self.read(result) for result in results if result is not None]
        known = [
            v for v, n in zip(outcome, [r for r in results if r is not None], strict=True)
            if not isinstance(n, exp.Null)
        ]  # fmt: skip
        value = self._same_person(known) if known else Value()
        decided = combine(*conditions)
        level = value.level if self.in_sum else max(value.level, decided.level)
        whole = combine(value, decided)
        return whole.but(
            level=level, metric=value.metric, merge=value.merge, person=value.person,
            user_id=value.user_id,
        )  # fmt: skip

    def _compared(self, nodes: list[exp.Expr]) -> Value:
        values = [(node, self.read(node)) for node in nodes]
        self.ban.check(values)
        self.ids.side_by_side(value for _, value in values)
        return self._truth(combine(*(value for _, value in values)))

    def _truth(self, value: Value) -> Value:
        """Whether something holds says less than the values themselves."""
        level = Level.LOW if value.level.never_shown else value.level
        return value.but(level=level, metric=False, collected=False, person=None)

    def _predicate(self, node: exp.Expr) -> Value:
        if isinstance(node, exp.Is):
            value = self.read(node.this)
            if isinstance(node.expression, exp.Null):
                level = min(value.level, Level.LOW)
                return value.but(
                    level=level, metric=False, person=None, collected=False, user_id=False
                )
            return self._truth(value)
        if isinstance(node, exp.In):
            return self._in(node)
        value = self._compared(list(node.iter_expressions()))
        if not isinstance(node, exp.EQ | exp.NEQ):
            self.ids.looked_into(self.read(child) for child in node.iter_expressions())
        return value

    def _in(self, node: exp.In) -> Value:
        inner = node.args.get("query")
        if inner is None:
            return self._compared([node.this, *node.expressions])
        left, right = self.read(node.this), self.subqueries.nested(inner, self.scope)
        if len(right.columns) != 1:
            raise self.complaints.at(
                node, "Values passed to IN operator must have compatible types"
            )
        listed = right.columns[0].value.but(carriers=(), person=None)
        self.ban.check([(node.this, left), (inner, listed)])
        self.ids.side_by_side([left, listed])
        return self._truth(combine(left, listed))

    def _scalar(self, node: exp.Expr) -> Value:
        relation = self.subqueries.nested(node, self.scope)
        if len(relation.columns) != 1:
            raise self.complaints.at(
                node, "Cannot apply '$SCALAR_QUERY' to a query of several columns"
            )
        value = relation.columns[0].value
        carriers = self.subqueries.scalar_carriers(node, relation, self.scope)
        return value.but(aggregate=False, person=None, carriers=carriers)

    def _aggregate(self, node: exp.Expr, name: str) -> Value:
        if self.in_aggregate:
            raise self.complaints.at(node, "Aggregate expressions cannot be nested")
        if self.lift is None:
            raise self.complaints.at(
                node, f"Aggregate expression is illegal in {self.clause} clause"
            )
        before = self.in_aggregate, self.in_sum
        self.in_aggregate, self.in_sum = True, name in functions.SUMS | functions.COUNTS
        inner = self._counted(node) if name in functions.COUNTS else self._all(node)
        self.in_aggregate, self.in_sum = before
        argument = first_argument(node)
        # Whoever is counted by the user id itself has a part in the count by being there.
        person = self.read(argument).person if argument is not None else None
        where = contributes(argument, name) if person is None else None
        if person is not None and name == "COUNT" and self.scope.once_each(person):
            # Nobody stands behind two rows: the database need not look for doubles.
            node.set("this", argument)
        behind = inner.carriers or self.scope.row_carriers()
        lifted = tuple(self.lift(carrier, where) for carrier in behind)
        value = aggregated(inner, name)
        paths = inner.paths or self.scope.paths
        return value.but(aggregate=True, carriers=lifted, person=None, paths=paths)

    def _counted(self, node: exp.Expr) -> Value:
        """The arguments of a COUNT: user ids are only told apart."""
        waiting, values = list(node.iter_expressions()), []
        for child in waiting:
            inside = child.expressions if isinstance(child, exp.Distinct) else [child]
            values += [self.read(argument) for argument in inside]
        return combine(*values)

    def _window(self, node: exp.Window) -> Value:
        call = node.this
        while isinstance(call, exp.IgnoreNulls | exp.RespectNulls | exp.Filter):
            call = call.this
        name = call_name(call)
        if name == "COUNT" and isinstance(call.this, exp.Star):
            raise self.complaints.at(call, "COUNT(*) OVER is not supported; use COUNT(column)")
        if name not in functions.AGGREGATES | functions.RANKS | functions.OFFSETS:
            raise self._no_function(call, name)
        for part in node.args.get("partition_by", ()):
            self.read(part)
        self.ids.looked_into(self.read(part) for part in ordered(node))
        before, self.in_sum = self.in_sum, name in functions.SUMS | functions.COUNTS
        inner = self._counted(call) if name in functions.COUNTS else self._all(call)
        self.in_sum = before
        if name in functions.RANKS:
            return Value(aggregate=inner.aggregate)
        value = aggregated(inner, name) if name in functions.AGGREGATES else inner
        return value.but(aggregate=inner.aggregate, person=None)


_PLAIN = (exp.Literal, exp.Boolean, exp.Null, exp.DataType, exp.Var, exp.Identifier, exp.Star)
_PLAIN_CALLS = (AmcFunction, AmcAggregate, exp.Anonymous)
"""Nodes that take any number of arguments, so that their count has to be looked at."""
