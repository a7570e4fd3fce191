"""What Amazon would refuse or do other than meant, before anything is sent."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any, Literal

from amc.sql.analysis import Analysis, analyse
from amc.sql.bounds import LIMIT, bounded, check_length
from amc.sql.catalog import Catalog, load_catalog
from amc.sql.dialect import parse_tokens
from amc.sql.errors import SqlPlaceError
from amc.sql.findings import Finding, Fix, Severity
from amc.sql.guard import check_text, check_tokens
from amc.sql.lex import lex
from amc.sql.places import Places, Span
from amc.sql.rules import ALL, Context, Remark, Rule

SYNTAX = "syntax"
Parameters = Collection[str] | Mapping[str, Any]
Severities = Mapping[str, Severity | Literal["off"]]


def check(
    sql: str,
    catalog: Catalog | None = None,
    *,
    parameters: Parameters | None = None,
    audience: bool | None = None,
    severities: Severities | None = None,
    window: timedelta | None = None,
) -> list[Finding]:
    """Findings on a text, in its order: all of them, or as many as help (`amc.sql.bounds`).

    Args:
        sql: the author's text, without placeholders.
        catalog: what may be read; everything that AMC has when None.
        parameters: names that have a value, or data types by name (as `inputParameters` write
            them, `ARRAY[STRING]` also as text); None when nobody said, and none is missed then.
        audience: whether it is an audience query; when None, one that reads a table for audiences
            and gives out user_id is.
        severities: other severities than the rules' own, by code; `off` leaves a rule out.
        window: how long the window of the execution is, when that is known.
    """
    chosen = severities or {}
    try:
        check_text(sql)
        tokens = lex(sql)
        check_tokens(tokens)
        check_length(tokens)
        tree = parse_tokens(sql, tokens)
        analysis = analyse(tree, catalog or load_catalog())
    except SqlPlaceError as exc:
        return [syntax_finding(exc)]
    except RecursionError:
        return [Finding(SYNTAX, "error", "This is nested too deeply.", 1, 1, 1, 2)]
    places = Places(sql, tokens)
    if audience is None:
        audience = _gives_audience(analysis)
    context = Context(analysis, places, _declared(parameters), audience, window)
    found: list[Finding] = []
    cut: list[Severity] = []
    for rule in ALL:
        severity = chosen.get(rule.code, rule.severity)
        if severity == "off":
            continue
        remarks = rule.look(context)
        found += [_finding(rule, remark, severity, places) for remark in islice(remarks, LIMIT)]
        if next(remarks, None) is not None:
            cut.append(severity)
    return bounded(dict.fromkeys(found), cut)


def declared_types(declarations: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The data types of AMC's `inputParameters` by name, as `check` takes them."""
    return {str(d["name"]): d.get("dataType", "") for d in declarations}


def syntax_finding(exc: SqlPlaceError) -> Finding:
    """The finding on a text that cannot be read."""
    message = exc.message + (f" Expected: {exc.expected}." if exc.expected else "")
    return Finding(SYNTAX, "error", message, exc.line, exc.column, exc.end_line, exc.end_column)


def _gives_audience(analysis: Analysis) -> bool:
    reads = any(table is not None and table.audience_of for _, _, table in analysis.tables)
    return reads and any(output.name == "user_id" for output in analysis.outputs)


def _declared(parameters: Parameters | None) -> dict[str, str] | None:
    if parameters is None:
        return None
    if not isinstance(parameters, Mapping):
        return dict.fromkeys(parameters, "")
    return {name: _type_text(kind) for name, kind in parameters.items()}


def _type_text(kind: Any) -> str:
    if isinstance(kind, Mapping):
        return f"ARRAY[{kind.get('elementDataType', 'STRING')}]"
    return str(kind or "").upper()


def _finding(rule: Rule, remark: Remark, severity: Any, places: Places) -> Finding:
    span: Span = remark.at if isinstance(remark.at, tuple) else places.span(remark.at)
    fix = None
    if remark.edit is not None:
        edit = remark.edit
        shown = " ".join(edit.text.split())
        if not edit.text:
            title = "Remove it"
        else:
            title = f"Write {shown if len(shown) <= 60 else shown[:57] + '...'}"
        fix = Fix(edit.title or title, *_ends(places, edit.span), edit.text)
    return Finding(rule.code, severity, remark.message, *_ends(places, span), fix)


def _ends(places: Places, span: Span) -> tuple[int, int, int, int]:
    return (*places.lines.position(span[0]), *places.lines.position(span[1]))
