"""What AMC SQL does not have: refused before names are looked up."""

from collections.abc import Callable

from sqlglot import exp

from amc.sandbox.query.complaints import Complaints
from amc.sql.nodes import call_name

_NO_FUNCTIONS: dict[type[exp.Expr], str] = {
    exp.DPipe: "Unsupported scalar operation type ||",
    exp.Interval: "interval data types are not enabled",
}
_NO_CLAUSES = {
    "qualify": "QUALIFY is not supported",
    "pivots": "PIVOT is not supported",
    "sample": "TABLESAMPLE is not supported",
    "laterals": "LATERAL is not supported",
    "connect": "CONNECT BY is not supported",
    "into": "SELECT INTO is not supported",
    "locks": "FOR UPDATE is not supported",
    "offset": "OFFSET is not supported",
    "fetch": "FETCH is not supported",
}


def refuse_unsupported(
    root: exp.Expr, complaints: Complaints, *, bare: bool, sandbox: bool = False
) -> None:
    """Look for syntax that AMC refuses; `bare` is the sandbox's preview with controls off.

    A sandbox takes an outer LIMIT in any case.

    Raises:
        CompileError: with the place of the first one found.
    """
    if not isinstance(root, exp.Select | exp.SetOperation | exp.Subquery):
        raise complaints.at(root, "SQL query was invalid: only WITH, SELECT and UNION are allowed")
    _outer(root, complaints, bare=bare)
    for node in root.walk():
        check = _CHECKS.get(type(node))
        if check is not None:
            check(node, complaints, bare or (sandbox and node is root))
        message = _NO_FUNCTIONS.get(type(node))
        if message is not None:
            raise complaints.at(node, message)


def drop_order(root: exp.Expr) -> None:
    """Take ORDER BY off queries: it is accepted and has no effect."""
    for query in list(root.find_all(exp.Query)):
        if isinstance(query, exp.Select | exp.SetOperation | exp.Subquery):
            query.set("order", None)


def _outer(root: exp.Expr, complaints: Complaints, *, bare: bool) -> None:
    query = root
    while isinstance(query, exp.Subquery | exp.SetOperation):
        query = query.this
    if bare:
        return
    for item in query.expressions:
        star = item.this if isinstance(item, exp.Column) else item
        if isinstance(star, exp.Star):
            raise complaints.at(item, "SELECT * is not supported; name the columns")


def _query(node: exp.Expr, complaints: Complaints, bare: bool) -> None:  # noqa: FBT001
    limit = node.args.get("limit")
    if limit is not None and not bare:
        raise complaints.at(limit, "LIMIT is not supported")
    for clause, message in _NO_CLAUSES.items():
        found = node.args.get(clause)
        if found:
            raise complaints.at(found if isinstance(found, exp.Expr) else node, message)
    with_ = node.args.get("with_")
    if with_ is not None and with_.args.get("recursive"):
        raise complaints.at(with_, "WITH RECURSIVE is not supported")


def _set_operation(node: exp.Expr, complaints: Complaints, bare: bool) -> None:  # noqa: FBT001
    if not isinstance(node, exp.Union):
        raise complaints.at(node, f"{type(node).__name__.upper()} is not supported")
    _query(node, complaints, bare)


def _cast(node: exp.Expr, complaints: Complaints, _bare: bool) -> None:  # noqa: FBT001
    if isinstance(node, exp.TryCast):
        name = call_name(node)
        raise complaints.at(node, f"No match found for function signature {name}(<ANY>)")


def _filter(node: exp.Expr, complaints: Complaints, _bare: bool) -> None:  # noqa: FBT001
    raise complaints.at(node, "FILTER is not supported; use an IF inside the aggregate")


def _within(node: exp.Expr, complaints: Complaints, _bare: bool) -> None:  # noqa: FBT001
    raise complaints.at(node, "WITHIN GROUP is not supported")


_CHECKS: dict[type[exp.Expr], Callable[[exp.Expr, Complaints, bool], None]] = {
    exp.Select: _query,
    exp.Subquery: _query,
    exp.Union: _set_operation,
    exp.Except: _set_operation,
    exp.Intersect: _set_operation,
    exp.TryCast: _cast,
    exp.Filter: _filter,
    exp.WithinGroup: _within,
}
