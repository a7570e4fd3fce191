"""Applying a fix to a text, as the editor does."""

from amc.sql.findings import Fix
from amc.sql.lex import LineIndex


def applied(sql: str, fix: Fix) -> str:
    """The text with the fix in it."""
    lines = LineIndex(sql)
    start = lines.offset(fix.start_line, fix.start_column)
    end = lines.offset(fix.end_line, fix.end_column)
    return sql[:start] + fix.replacement + sql[end:]
