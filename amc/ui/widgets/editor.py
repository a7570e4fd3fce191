"""The SQL editor with its findings."""

import streamlit as st

from amc.sql.findings import Finding, Fix
from amc.sql.lex import LineIndex
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.editor.component import current_text, sql_editor
from amc.ui.editor.words import shipped_words
from amc.ui.widgets.findings import draw_findings

_RUN = f"{keys.SQL_TEXT}.run"
_FIX = f"{keys.SQL_TEXT}.fix"
_MOST = 50
_PLACEHOLDER = "SELECT campaign, SUM(impressions) AS impressions\nFROM dsp_impressions\nGROUP BY 1"


def draw_editor(desk: Desk) -> str:
    """The editor; gives the text. What is typed survives reruns, other pages and a reload.

    To put another text into it, write `st.session_state[keys.SQL_TEXT]`.
    """
    sql = current_text(keys.SQL_TEXT)
    findings = desk.templates.check_sql(sql) if sql.strip() else []
    answer = sql_editor(
        keys.SQL_TEXT,
        findings=findings,
        words=shipped_words(),
        owner=desk.actor,
        placeholder=_PLACEHOLDER,
    )
    st.session_state[_RUN] = answer.run
    _draw_list(sql, findings)
    return answer.text


def run_requested() -> bool:
    """Whether Ctrl+Enter in the editor asked for this run of the page; true once."""
    return bool(st.session_state.pop(_RUN, False))


def apply_fix(sql: str, fix: Fix) -> str:
    """The text with the edit made."""
    lines = LineIndex(sql)
    start = lines.offset(fix.start_line, fix.start_column)
    end = lines.offset(fix.end_line, fix.end_column)
    return sql[:start] + fix.replacement + sql[end:]


def _draw_list(sql: str, findings: list[Finding]) -> None:
    for index, finding in enumerate(findings[:_MOST]):
        if finding.fix is None:
            draw_findings([finding])
            continue
        left, right = st.columns([4, 1], vertical_alignment="center")
        with left:
            draw_findings([finding])
        right.button(
            text.esc_md(finding.fix.title),
            key=f"{_FIX}.{index}",
            icon=":material/build:",
            type="tertiary",
            on_click=_fix,
            args=(sql, finding.fix),
        )
    if len(findings) > _MOST:
        st.caption(f"and {len(findings) - _MOST} more")


def _fix(checked: str, fix: Fix) -> None:
    # Typed since: the places are no longer those of the text, and the new findings come anyway.
    if st.session_state.get(keys.SQL_TEXT) == checked:
        st.session_state[keys.SQL_TEXT] = apply_fix(checked, fix)
