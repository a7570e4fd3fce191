"""FROM: tables, CTEs, derived tables and joins."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlglot import exp

from amc.sql.catalog import Catalog
from amc.sql.duckdb.core import Expressions
from amc.sql.duckdb.model import Read, Relation, Scope, name_error
from amc.sql.duckdb.shaping import Output, aliased, columns, renamed, table_alias
from amc.sql.errors import SqlUnsupportedError
from amc.sql.nodes import extended_table, place


@dataclass
class With:
    """A CTE that can be read: its name in DuckDB and its columns."""

    name: str
    columns: Output


@dataclass
class Sources:
    """Translates FROM; knows the CTEs that can be read here and notes the base tables read."""

    catalog: Catalog
    expression: Expressions
    query: Callable[[exp.Expr, Scope | None], tuple[exp.Expr, Output]]
    reads: list[Read] = field(default_factory=list)
    withs: list[dict[str, With]] = field(default_factory=list)
    _unnamed: int = 0

    def put(self, node: exp.Select, scope: Scope, found: exp.Select) -> None:
        """Translate FROM and joins of `node` into `found`; their names come into `scope`."""
        from_ = node.args.get("from_")
        if from_ is None:
            return
        first, joins = from_.this, list(node.args.get("joins") or [])
        while True:
            joins = [*(first.args.get("joins") or []), *joins]
            # FROM (a JOIN b ON …): brackets around the first joins mean nothing.
            if not (isinstance(first, exp.Subquery) and isinstance(first.this, exp.Table)):
                break
            first = first.this
        found.set("from_", exp.From(this=self._source(first, scope)))
        found.set("joins", [self._join(join, scope) for join in joins])

    def _join(self, node: exp.Join, scope: Scope) -> exp.Join:
        if node.args.get("method") or node.side == "RIGHT":
            word = node.args.get("method") or node.side
            raise SqlUnsupportedError(f"AMC has no {word} JOIN.", **place(node))
        found = exp.Join(this=self._source(node.this, scope))
        for key in ("side", "kind"):
            found.set(key, node.args.get(key))
        if using := node.args.get("using"):
            names = [u.name for u in using]
            for name in names:
                hits = [r for r in scope.relations if r.find(name)]
                if len(hits) < 2:
                    raise name_error(using[0], f"Column '{name}' is not in both tables")
            scope.using.update(n.lower() for n in names)
            found.set("using", [exp.to_identifier(n, quoted=True) for n in names])
        if (on := node.args.get("on")) is not None:
            found.set("on", self.expression(on, scope).node)
        return found

    def _source(self, node: exp.Expr, scope: Scope) -> exp.Expr:
        if isinstance(node, exp.Table):
            return self._table(node, scope)
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
            if node.this.args.get("joins") or node.alias:
                raise SqlUnsupportedError(
                    "AMC documents no joins in brackets here.",
                    hint="Make a WITH part of what is in the brackets.",
                    **place(node),
                )
            return self._source(node.this, scope)  # JOIN (t)
        if isinstance(node, exp.Subquery | exp.Values):
            inner = node.this if isinstance(node, exp.Subquery) else node
            tree, output = self.query(inner, None)
            given = [
                c.name
                for c in (node.args.get("alias") or exp.TableAlias()).args.get("columns") or []
            ]
            output = renamed(output, given, node)
            alias = node.alias or self._fresh()
            self._add(scope, Relation(alias, columns(output)), node)
            return aliased(tree, alias, output)
        raise SqlUnsupportedError("AMC cannot read from this.", **place(node))

    def _table(self, node: exp.Table, scope: Scope) -> exp.Expr:
        extended = extended_table(node)
        if extended is not None:
            name, before, after = extended.table, extended.before, extended.after
            if name is None or before is None or after is None:
                raise SqlUnsupportedError(
                    "EXTEND_TIME_WINDOW takes a table name and two durations as texts.",
                    hint="Such as EXTEND_TIME_WINDOW('dsp_impressions', 'P28D', 'P0D').",
                    **place(node),
                )
            return self._base(node, name, (before, after), scope)
        if not isinstance(node.this, exp.Identifier):
            raise SqlUnsupportedError("AMC cannot read from this.", **place(node))
        known = self._find_with(node.name) if not node.db else None
        if known is None:
            return self._base(node, node.name, (timedelta(), timedelta()), scope)
        alias = node.alias or node.name
        self._add(scope, Relation(alias, columns(known.columns)), node)
        table = exp.to_identifier(known.name, quoted=True)
        return exp.Table(this=table, alias=table_alias(alias))

    def _base(
        self, node: exp.Table, name: str, more: tuple[timedelta, timedelta], scope: Scope
    ) -> exp.Expr:
        source = self.catalog.table(name)
        alias = node.alias or (name if more == (timedelta(), timedelta()) else self._fresh())
        given = (
            None if source is None else columns([(c.name, c.type) for c in source.columns.values()])
        )
        stand_in = exp.Table(this=exp.to_identifier(f"__read_{len(self.reads)}", quoted=True))
        read = Read(name.lower(), alias, more[0], more[1], stand_in)
        self.reads.append(read)
        self._add(scope, Relation(alias, given, read), node)
        stand_in.set("alias", table_alias(alias))
        return stand_in

    def _add(self, scope: Scope, relation: Relation, node: exp.Expr) -> None:
        if any(r.alias.lower() == relation.alias.lower() for r in scope.relations):
            raise name_error(node, f"Duplicate relation name '{relation.alias}' in FROM clause")
        scope.relations.append(relation)

    def _fresh(self) -> str:
        self._unnamed += 1
        return f"__from_{self._unnamed}"

    def _find_with(self, name: str) -> With | None:
        for level in reversed(self.withs):
            if (found := level.get(name.lower())) is not None:
                return found
        return None
