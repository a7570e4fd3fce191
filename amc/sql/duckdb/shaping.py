"""Small parts of queries: names, aliases, column lists."""

from sqlglot import exp

from amc.sql.errors import SqlPlaceError
from amc.sql.nodes import place
from amc.sql.types import SqlType

Output = list[tuple[str, SqlType]]
"""The output columns of a query: names as written, and types."""


def own_name(item: exp.Expr) -> str:
    """The name that a select item has without AS; empty for an expression."""
    while isinstance(item, exp.Paren):
        item = item.this
    return item.name if isinstance(item, exp.Column) else ""


def named(node: exp.Expr, name: str) -> exp.Expr:
    """Node AS name."""
    return exp.Alias(this=node, alias=exp.to_identifier(name, quoted=True))


def columns(output: Output) -> dict[str, tuple[str, SqlType]]:
    """The columns of a query, as a relation wants them."""
    return {name.lower(): (name, kind) for name, kind in output}


def table_alias(name: str, columns: list[str] | None = None) -> exp.TableAlias:
    """An alias, with column names if given."""
    names = [exp.to_identifier(c, quoted=True) for c in columns or []]
    return exp.TableAlias(this=exp.to_identifier(name, quoted=True), columns=names)


def aliased(tree: exp.Expr, alias: str, output: Output) -> exp.Expr:
    """The query as a derived table with this alias and these column names."""
    named = table_alias(alias, [name for name, _ in output])
    if isinstance(tree, exp.Values):
        tree.set("alias", named)
        return tree
    return exp.Subquery(this=tree, alias=named)


def renamed(output: Output, names: list[str], node: exp.Expr) -> Output:
    """The output under the names of a column list.

    Raises:
        SqlPlaceError: the list has another length.
    """
    if not names:
        return output
    if len(names) != len(output):
        raise SqlPlaceError(f"{len(names)} column names for {len(output)} columns.", **place(node))
    return [(name, kind) for name, (_, kind) in zip(names, output, strict=True)]
