"""GROUP BY an item that holds a window function, which DuckDB refuses.

AMC computes the window over the ungrouped rows and groups by its value. The same in DuckDB: an
inner SELECT computes windows and columns row by row, an outer one groups.
"""

from sqlglot import exp


def nest_windows(select: exp.Select) -> exp.Select:
    """The same SELECT, nested when a key of its GROUP BY holds a window function."""
    group = select.args.get("group")
    if group is None:
        return select
    keys = [_item(select, key) for key in group.expressions]
    if not any(_windows(key) for key in keys):
        return select
    return _nested(select)


def _item(select: exp.Select, key: exp.Expr) -> exp.Expr:
    if isinstance(key, exp.Literal) and not key.is_string:
        return select.expressions[int(key.this) - 1]  # type: ignore[no-any-return]
    return key


def _windows(node: exp.Expr) -> list[exp.Window]:
    """Windows over rows: those over aggregates belong to the grouped level."""
    return [w for w in node.find_all(exp.Window) if not _is_grouped(w)]


def _is_grouped(window: exp.Window) -> bool:
    inside = [n for n in window.find_all(exp.Anonymous) if n is not window.this]
    return any(n.name.upper() in ("SUM", "COUNT", "MIN", "MAX", "AVG", "LIST") for n in inside)


def _nested(select: exp.Select) -> exp.Select:
    inner = exp.Select()
    for key in ("from_", "joins", "where", "windows"):
        if (part := select.args.get(key)) is not None:
            inner.set(key, part)
            select.set(key, None)
    taken: dict[str, exp.Expr] = {}

    def carried(node: exp.Expr) -> exp.Expr:
        """Replace a window, or a column outside of one, by a column of the inner SELECT."""
        if isinstance(node, exp.Window | exp.Column):
            text = node.sql("duckdb")
            names = {known.sql("duckdb"): name for name, known in taken.items()}
            name = names.get(text) or f"__c{len(taken)}"
            taken.setdefault(name, node.copy())
            return exp.column(name, "__rows", quoted=True)
        return node

    for key in ("expressions", "having", "group"):
        part = select.args.get(key)
        if isinstance(part, list):
            select.set(key, [p.transform(carried) for p in part])
        elif part is not None:
            select.set(key, part.transform(carried))
    inner.set("expressions", [_as(n, name) for name, n in taken.items()] or [exp.Literal.number(1)])
    alias = exp.TableAlias(this=exp.to_identifier("__rows", quoted=True))
    select.set("from_", exp.From(this=exp.Subquery(this=inner, alias=alias)))
    return select


def _as(node: exp.Expr, name: str) -> exp.Alias:
    return exp.Alias(this=node, alias=exp.to_identifier(name, quoted=True))
