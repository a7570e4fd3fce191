"""Checking a text as it is written, its `{{ x }}` still without values."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from amc.sql.bounds import UNFINISHED
from amc.sql.catalog import Catalog
from amc.sql.checker import check, syntax_finding
from amc.sql.errors import SqlPlaceError
from amc.sql.findings import Finding, Fix
from amc.sql.guard import check_text
from amc.sql.lex import Kind, LineIndex
from amc.sql.placeholders import Probe, code_tokens
from amc.sql.stand_in import stand_in


def check_written(sql: str, catalog: Catalog | None = None, **options: Any) -> list[Finding]:
    """`check` on a text that may hold placeholders; the places are the author's.

    Every placeholder is read as a text and as a number: what is said of both holds whatever is
    filled in. What would be said of the stand-in itself is left out.
    """
    if "{{" not in sql:
        return check(sql, catalog, **options)
    try:
        check_text(sql)
        probes = [stand_in(sql), stand_in(sql, number=True)]
    except SqlPlaceError as exc:
        return [syntax_finding(exc)]
    as_text, as_number = (
        in_author_terms(check(probe.text, catalog, **options), probe) for probe in probes
    )
    same = {(f.code, f.line, f.column) for f in as_number}
    kept = [f for f in as_text if f.code == UNFINISHED or (f.code, f.line, f.column) in same]
    unread = [f for f in as_number if f.code == UNFINISHED]
    return kept if any(f.code == UNFINISHED for f in kept) else kept + unread


def in_author_terms(findings: Iterable[Finding], probe: Probe) -> list[Finding]:
    """Findings on a probe's text at the places of the author's text.

    What is about a filled-in value alone is left out, and so is a fix that would write over one.
    """
    lines = LineIndex(probe.author)
    filled = [
        (lines.offset(t.line, t.column), lines.offset(t.line, t.column) + len(t.text))
        for t in code_tokens(probe.author)
        if t.kind is Kind.PLACEHOLDER
    ]
    made = []
    for finding in findings:
        place = _place(probe, finding.line, finding.column, finding.end_line, finding.end_column)
        start, end = lines.offset(*place[:2]), lines.offset(*place[2:])
        about_a_value = any(first <= start and end <= last for first, last in filled)
        if about_a_value and finding.code != UNFINISHED:
            continue
        moved = replace(
            finding, line=place[0], column=place[1], end_line=place[2], end_column=place[3]
        )
        made.append(replace(moved, fix=_fix(finding.fix, probe, lines, filled)))
    return made


def _fix(
    fix: Fix | None, probe: Probe, lines: LineIndex, filled: list[tuple[int, int]]
) -> Fix | None:
    if fix is None:
        return None
    place = _place(probe, fix.start_line, fix.start_column, fix.end_line, fix.end_column)
    start, end = lines.offset(*place[:2]), lines.offset(*place[2:])
    if any(first < end and start < last for first, last in filled):
        return None
    return Fix(fix.title, *place, fix.replacement)


def _place(
    probe: Probe, line: int, column: int, end_line: int, end_column: int
) -> tuple[int, int, int, int]:
    return (
        *probe.author_position(line, column),
        *probe.author_position(end_line, end_column),
    )
