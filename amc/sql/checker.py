"""What Amazon would refuse or do other than meant, before anything is sent."""

from collections.abc import Collection, Mapping

from sqlglot import exp

from amc.sql.analysis import analyse
from amc.sql.catalog import Catalog, load_catalog
from amc.sql.dialect import parse
from amc.sql.errors import SqlPlaceError
from amc.sql.findings import Finding, Fix, Severity
from amc.sql.lex import LineIndex
from amc.sql.rules import ALL, Context, Declared, Remark, Rule

SYNTAX = "syntax"


def check(
    sql: str,
    catalog: Catalog | None = None,
    *,
    parameters: Collection[str] | None = None,
    audience: bool = False,
    severities: Mapping[str, Severity] | None = None,
) -> list[Finding]:
    """All findings on a text, in the order of the text.

    Args:
        sql: the author's text, without placeholders.
        catalog: what may be read; everything that AMC has when None.
        parameters: names that have a value; None when nobody said, and none is missed then.
        audience: whether it is an audience query.
        severities: other severities than the rules' own, by code.
    """
    try:
        tree = parse(sql)
    except SqlPlaceError as exc:
        message = exc.message + (f" Expected: {exc.expected}." if exc.expected else "")
        return [
            Finding(SYNTAX, "error", message, exc.line, exc.column, exc.end_line, exc.end_column)
        ]
    context = Context(
        analyse(tree, catalog or load_catalog()),
        Declared(frozenset(parameters) if parameters is not None else None),
        audience,
    )
    places = _Places(sql)
    found = [
        places.finding(rule, remark, (severities or {}).get(rule.code, rule.severity))
        for rule in ALL
        for remark in rule.look(context)
    ]
    return sorted(dict.fromkeys(found), key=lambda f: (f.line, f.column, f.code))


class _Places:
    """Turns nodes into places of the author's text."""

    def __init__(self, sql: str) -> None:
        self._sql, self._lines = sql, LineIndex(sql)

    def finding(self, rule: Rule, remark: Remark, severity: Severity) -> Finding:
        start, end = self._span(remark.node)
        line, column = self._lines.position(start)
        end_line, end_column = self._lines.position(end)
        fix = None
        if remark.replacement is not None and end > start:
            fix = Fix(
                f"Write {remark.replacement}",
                line,
                column,
                end_line,
                end_column,
                remark.replacement,
            )
        return Finding(rule.code, severity, remark.message, line, column, end_line, end_column, fix)

    def _span(self, node: exp.Expr) -> tuple[int, int]:
        """The offsets of the first and behind the last token that a node or its children hold."""
        starts: list[int] = []
        ends: list[int] = []
        for part in node.walk():
            if "start" in part.meta and "end" in part.meta:
                starts.append(part.meta["start"])
                ends.append(part.meta["end"] + 1)
        if starts:
            return min(starts), max(ends)
        parent = node.parent
        return self._span(parent) if parent is not None else (0, min(1, len(self._sql)))
