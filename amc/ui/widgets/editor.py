"""The SQL editor with its findings."""

from contextlib import suppress
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from amc.sql.errors import SqlPlaceError
from amc.sql.explain import Explanation
from amc.sql.findings import Finding
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.editor.component import current_text, run_asked, sql_editor
from amc.ui.editor.schema import SchemaText, schema_text
from amc.ui.widgets.drafts import begin_draft, draft_mark, draw_drafts, keep_draft, open_text
from amc.ui.widgets.library import draw_save, draw_saved

_EXPLAINED = f"{keys.SQL_TEXT}.explained"
_SCHEMA = f"{keys.SQL_TEXT}.schema"
_PLACEHOLDER = "SELECT campaign, SUM(impressions) AS impressions\nFROM dsp_impressions\nGROUP BY 1"


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the editor.

    Attributes:
        sql: the text.
        findings: what the checker says of it.
        explanation: what it does; None while it cannot be read.
        run: whether Ctrl+Enter asked for a run just now.
        place: under the editor, for what there is to say of that.
    """

    sql: str
    findings: list[Finding]
    explanation: Explanation | None
    run: bool
    place: DeltaGenerator

    @property
    def errors(self) -> list[Finding]:
        """The findings that stop a run."""
        return [f for f in self.findings if f.severity == "error"]

    @property
    def refusal(self) -> str:
        """Why the errors stop it, in words."""
        errors = self.errors
        first = errors[0]
        return (
            f"{text.count(len(errors), 'error')} in the query. Line {first.line}, column "
            f"{first.column}: {first.message}"
        )


def draw_editor(desk: Desk, instance_id: str = "") -> Written:
    """The editor. What is typed survives reruns, other pages and a reload.

    With an instance the text is checked against what that one has. To put another text into it, use
    `open_text`; writing `st.session_state[keys.SQL_TEXT]` changes the text of the present draft.
    """
    begin_draft(desk)
    sql = current_text(keys.SQL_TEXT)
    keep_draft(desk, sql)
    _draw_tools(desk)
    findings = _findings(desk, sql, instance_id) if sql.strip() else []
    asked = run_asked(keys.SQL_TEXT)
    explanation = _explained(desk, sql)
    refused = asked and any(f.severity == "error" for f in findings)
    sql_editor(
        keys.SQL_TEXT,
        findings=findings,
        schema=_schema(desk),
        parameters=explanation.parameters if explanation else (),
        owner=desk.actor,
        draft=draft_mark(),
        placeholder=_PLACEHOLDER,
        refused=refused,
    )
    return Written(sql, findings, explanation, asked, st.container())


def _draw_tools(desk: Desk) -> None:
    row = st.container(horizontal=True)
    with row:
        st.button(
            "New", icon=":material/add:", key=keys.SQL_NEW, on_click=open_text, args=("",),
            help="An empty editor; the present text stays among the drafts.",
        )  # fmt: skip
        draw_drafts(desk)
        draw_saved(desk)
        draw_save(desk)
        st.button(
            "Format", icon=":material/format_align_left:", key=keys.SQL_FORMAT, on_click=_format,
            args=(desk,), help="Put the query in good order; comments stay. Ctrl+Z takes it back.",
        )  # fmt: skip


def _format(desk: Desk) -> None:
    sql = str(st.session_state.get(keys.SQL_TEXT) or "")
    with suppress(SqlPlaceError):  # the findings say why it cannot be read
        st.session_state[keys.SQL_TEXT] = desk.templates.format_sql(sql)


def _explained(desk: Desk, sql: str) -> Explanation | None:
    """What it does; found out once a text, for a page is drawn for many other reasons."""
    kept = st.session_state.get(_EXPLAINED)
    if kept is None or kept[0] != sql:
        try:
            made = desk.templates.explain_sql(sql) if sql.strip() else None
        except SqlPlaceError:
            made = None
        kept = st.session_state[_EXPLAINED] = (sql, made)
    found: Explanation | None = kept[1]
    return found


def _schema(desk: Desk) -> SchemaText:
    """The schema, made anew when what instances have has changed."""
    reach = desk.instances.source_reach()
    kept = st.session_state.get(_SCHEMA)
    if kept is None or kept[0] != reach:
        kept = st.session_state[_SCHEMA] = (reach, schema_text(reach))
    made: SchemaText = kept[1]
    return made


def _findings(desk: Desk, sql: str, instance_id: str) -> list[Finding]:
    known = desk.instances.get(instance_id) if instance_id else None
    return desk.templates.check_sql(
        sql,
        sources=desk.instances.stored_sources(instance_id) if known else None,
        sandbox=known is not None and known.is_sandbox,
    )
