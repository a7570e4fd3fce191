"""Queries of AMC SQL as DuckDB queries: WITH, SELECT, UNION, VALUES and what names mean there."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from amc.sql.catalog import Catalog
from amc.sql.duckdb.calls import VOLATILE
from amc.sql.duckdb.core import Expressions, Setting
from amc.sql.duckdb.model import Read, Scope, Typed, name_error
from amc.sql.duckdb.nesting import nest_windows
from amc.sql.duckdb.shaping import Output, aliased, named, own_name, renamed, table_alias
from amc.sql.duckdb.sources import Sources, With
from amc.sql.duckdb.windows import named_window
from amc.sql.errors import SqlNameError, SqlUnsupportedError
from amc.sql.nodes import AmcFunction, place
from amc.sql.types import SqlType, common_type


@dataclass
class Queries:
    """Translates whole queries; collects the reads of base tables on its way."""

    setting: Setting
    catalog: Catalog

    def __post_init__(self) -> None:
        """Expressions hold queries, queries hold expressions."""
        self._expression = Expressions(self.setting, self._inner)
        self._sources = Sources(self.catalog, self._expression, self.query)

    @property
    def reads(self) -> list[Read]:
        """The base tables read so far, each read once."""
        return self._sources.reads

    def _inner(self, node: exp.Expr, scope: Scope) -> tuple[exp.Expr, list[SqlType]]:
        tree, output = self.query(node, scope)
        return tree, [kind for _, kind in output]

    def query(self, node: exp.Expr, outer: Scope | None = None) -> tuple[exp.Expr, Output]:
        """Translate a query; its tree and its output columns.

        Raises:
            SqlNameError: an unknown column or function.
            SqlUnsupportedError: a construct that AMC does not document.
        """
        with_ = node.args.get("with_")
        self._sources.withs.append({})
        try:
            ctes = [self._cte(c) for c in with_.expressions] if with_ else []
            tree, output = self._body(node, outer)
        finally:
            self._sources.withs.pop()
        if ctes:
            tree.set("with_", exp.With(expressions=ctes))
        return tree, output

    def _body(self, node: exp.Expr, outer: Scope | None) -> tuple[exp.Expr, Output]:
        if isinstance(node, exp.Select):
            return self._select(node, outer)
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, outer)
        if isinstance(node, exp.Subquery):
            tree, output = self.query(node.this, outer)
            wrapped = exp.Subquery(this=tree)
            self._tail(node, wrapped, Scope(outer), output)
            return wrapped, output
        if isinstance(node, exp.Values):
            return self._values(node, outer)
        raise SqlUnsupportedError("This is not a query.", **place(node))

    def _cte(self, node: exp.CTE) -> exp.CTE:
        name = node.alias
        tree, output = self.query(node.this)
        if isinstance(tree, exp.Values):
            tree = exp.select("*").from_(aliased(tree, "_values", output))
        given = [c.name for c in node.args["alias"].args.get("columns") or []]
        output = renamed(output, given, node)
        self._sources.withs[-1][name.lower()] = With(name, output)
        alias = table_alias(name, [n for n, _ in output])
        # A row's random id must stay the same wherever the CTE is read.
        materialized = True if _is_volatile(node) else None
        return exp.CTE(this=tree, alias=alias, materialized=materialized)

    # SELECT

    def _select(self, node: exp.Select, outer: Scope | None) -> tuple[exp.Expr, Output]:
        for key in ("laterals", "pivots", "qualify", "connect", "match", "sample"):
            if node.args.get(key):
                raise SqlUnsupportedError(f"AMC does not run {key.upper()}.", **place(node))
        scope, found = Scope(outer), exp.Select()
        self._sources.put(node, scope, found)
        items = self._items(node, scope)
        if (where := node.args.get("where")) is not None:
            found.set("where", exp.Where(this=self._expression(where.this, scope).node))
        found.set("expressions", [named(t.node, name) for name, t, _ in items])
        if node.args.get("distinct"):
            found.set("distinct", exp.Distinct())
        output = [(name, typed.type) for name, typed, _ in items]
        self._grouping(node, scope, found, items)
        if windows := node.args.get("windows"):
            found.set("windows", [named_window(self._expression, w, scope) for w in windows])
        self._tail(node, found, scope, output)
        return nest_windows(found), output

    def _items(self, node: exp.Select, scope: Scope) -> list[tuple[str, Typed, exp.Expr | None]]:
        items: list[tuple[str, Typed, exp.Expr | None]] = []
        for item in node.expressions:
            if isinstance(item, exp.Star) or (
                isinstance(item, exp.Column) and isinstance(item.this, exp.Star)
            ):
                items += self._expanded(item, scope)
                continue
            bare = item.this if isinstance(item, exp.Alias) else item
            name = item.alias if isinstance(item, exp.Alias) else own_name(item)
            typed = self._expression(bare, scope)
            items.append((name or f"EXPR${len(items)}", typed, bare))
        return items

    def _expanded(self, star: exp.Expr, scope: Scope) -> list[tuple[str, Typed, exp.Expr | None]]:
        wanted = star.args["table"].name.lower() if isinstance(star, exp.Column) else ""
        found: list[tuple[str, Typed, exp.Expr | None]] = []
        merged: set[str] = set()
        for relation in scope.relations:
            if wanted and relation.alias.lower() != wanted:
                continue
            if relation.columns is None:
                raise name_error(star, f"The columns of {relation.alias} are not known")
            for name in relation.columns:
                if name in merged:
                    continue
                if name in scope.using and not wanted:
                    merged.add(name)
                node = exp.column(
                    exp.to_identifier(name), None if name in merged else relation.alias
                )
                found.append((name, scope.resolve(node), node))
        if not found:
            raise name_error(star, "There is nothing that * could stand for")
        return found

    def _grouping(
        self,
        node: exp.Select,
        scope: Scope,
        found: exp.Select,
        items: list[tuple[str, Typed, exp.Expr | None]],
    ) -> None:
        aliases = {name.lower(): bare for name, _, bare in items if bare is not None}
        group = node.args.get("group")
        if group is not None:
            if any(group.args.get(k) for k in ("rollup", "cube", "grouping_sets", "all")):
                raise SqlUnsupportedError("AMC groups by columns only.", **place(group))
            keys = [self._group_key(k, scope, items, aliases) for k in group.expressions]
            found.set("group", exp.Group(expressions=keys))
        if (having := node.args.get("having")) is not None:
            inside = Scope(scope.outer, scope.relations, scope.using, _not_columns(aliases))
            found.set("having", exp.Having(this=self._expression(having.this, inside).node))

    def _group_key(
        self,
        key: exp.Expr,
        scope: Scope,
        items: list[tuple[str, Typed, exp.Expr | None]],
        aliases: Mapping[str, exp.Expr],
    ) -> exp.Expr:
        """An ordinal stays one, an alias becomes one: so volatile items are computed once."""
        if isinstance(key, exp.Literal) and not key.is_string:
            index = int(key.this) if str(key.this).isdigit() else 0
            if not 1 <= index <= len(items):
                raise name_error(key, f"GROUP BY {key.this}: there is no such column")
            return exp.Literal.number(index)
        usable = {
            n: e for n, e in aliases.items() if e.find(exp.AggFunc) is None or _holds_window(e)
        }
        while isinstance(key, exp.Paren):
            key = key.this
        if isinstance(key, exp.Column) and not key.table and key.name.lower() in usable:
            names = [name.lower() for name, _, _ in items]
            return exp.Literal.number(names.index(key.name.lower()) + 1)
        return self._group_expression(key, scope, items, _not_columns(usable))

    def _group_expression(
        self,
        key: exp.Expr,
        scope: Scope,
        items: list[tuple[str, Typed, exp.Expr | None]],
        aliases: Mapping[str, exp.Expr],
    ) -> exp.Expr:
        """Inside an expression a column wins over an alias: people repeat what they selected."""
        try:
            found = self._expression(key, scope).node
        except SqlNameError:
            inside = Scope(scope.outer, scope.relations, scope.using, aliases)
            return self._expression(key, inside).node
        same = [i for i, (_, typed, _) in enumerate(items) if typed.node == found]
        return exp.Literal.number(same[0] + 1) if same else found

    def _tail(self, node: exp.Expr, found: exp.Expr, scope: Scope, output: Output) -> None:
        """ORDER BY, LIMIT and OFFSET."""
        names = [name.lower() for name, _ in output]
        if (order := node.args.get("order")) is not None:
            items = []
            for item in order.expressions:
                bare = item.this
                if isinstance(bare, exp.Column) and not bare.table and bare.name.lower() in names:
                    key: exp.Expr = exp.Literal.number(names.index(bare.name.lower()) + 1)
                elif isinstance(bare, exp.Literal):
                    key = bare.copy()
                else:
                    key = self._expression(bare, scope).node
                options = {k: item.args.get(k) for k in ("desc", "nulls_first")}
                items.append(exp.Ordered(this=key, **options))
            found.set("order", exp.Order(expressions=items))
        for key_name in ("limit", "offset"):
            if (part := node.args.get(key_name)) is not None:
                found.set(key_name, part.copy())

    # UNION, VALUES

    def _set_operation(
        self, node: exp.SetOperation, outer: Scope | None
    ) -> tuple[exp.Expr, Output]:
        if not isinstance(node, exp.Union):
            raise SqlUnsupportedError(f"AMC has no {node.key.upper()}.", **place(node))
        branches, steps = _chain(node)
        first, output = self.query(branches[0], outer)
        kinds = [[kind for _, kind in output]]
        for branch, distinct in zip(branches[1:], steps, strict=True):
            tree, more = self.query(branch, outer)
            if len(more) != len(output):
                raise SqlUnsupportedError(
                    f"The branches of UNION have {len(output)} and {len(more)} columns.",
                    **place(branch),
                )
            kinds.append([kind for _, kind in more])
            first = exp.Union(this=first, expression=tree, distinct=distinct)
        output = [
            (name, common_type([row[i] for row in kinds])) for i, (name, _) in enumerate(output)
        ]
        self._tail(node, first, Scope(outer), output)
        return first, output

    def _values(self, node: exp.Values, outer: Scope | None) -> tuple[exp.Expr, Output]:
        scope = Scope(outer)
        rows = [self._row(row, scope) for row in node.expressions]
        width = len(rows[0])
        for row, written in zip(rows, node.expressions, strict=True):
            if len(row) != width:
                raise SqlUnsupportedError(
                    f"The rows of VALUES have {width} and {len(row)} columns.", **place(written)
                )
        output = [(f"EXPR${i}", common_type([row[i].type for row in rows])) for i in range(width)]
        tuples = [exp.Tuple(expressions=[v.node for v in row]) for row in rows]
        return exp.Values(expressions=tuples), output

    def _row(self, row: exp.Expr, scope: Scope) -> list[Typed]:
        if isinstance(row, exp.Tuple):
            return self._expression.all(row.expressions, scope)
        return [self._expression(row.this if isinstance(row, exp.Paren) else row, scope)]


def _chain(node: exp.Expr) -> tuple[list[exp.Expr], list[bool]]:
    """The branches of a left-deep UNION chain, and whether each step is DISTINCT."""
    branches: list[exp.Expr] = []
    steps: list[bool] = []
    current = node
    while isinstance(current, exp.Union) and (current is node or not _has_tail(current)):
        branches.append(current.expression)
        steps.append(bool(current.args.get("distinct")))
        current = current.this
    return [current, *reversed(branches)], list(reversed(steps))


def _has_tail(node: exp.Expr) -> bool:
    return any(node.args.get(k) for k in ("order", "limit", "offset", "with_"))


def _is_volatile(node: exp.Expr) -> bool:
    return any(f.name in VOLATILE for f in node.find_all(AmcFunction))


def _holds_window(node: exp.Expr) -> bool:
    return node.find(exp.Window) is not None


def _not_columns(aliases: Mapping[str, exp.Expr]) -> dict[str, exp.Expr]:
    """Aliases that mean something else than the column of the same name."""
    return {
        name: item
        for name, item in aliases.items()
        if not (isinstance(item, exp.Column) and item.name.lower() == name)
    }
