"""SQL by hand: the editor, its parameters, instances, window, run."""

import streamlit as st

from amc.auth.roles import Role
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.widgets.drafts import keep_draft
from amc.ui.widgets.editor import Written, draw_editor
from amc.ui.widgets.explain import draw_explanation
from amc.ui.widgets.running import draw_run
from amc.ui.widgets.sql_parameters import draw_sql_parameters
from amc.ui.widgets.targets import draw_targets, window_or_none


def draw_sql_builder(desk: Desk) -> None:
    """The editor, and what is needed to run what is in it."""
    written = draw_editor(desk, _only_instance(desk))
    if not written.sql.strip():
        st.info("Write a query above, or start from a template.", icon=":material/info:")
        return
    draw_explanation(written.explanation, faulty=bool(written.errors))
    obstacle = _draw_run(desk, written)
    if written.run and obstacle:
        written.place.error(f"Not run: {text.esc_md(obstacle)}", icon=":material/block:")


def _draw_run(desk: Desk, written: Written) -> str:
    """Parameters, instances, window, preview; gives why it cannot run, or nothing."""
    filled = draw_sql_parameters(desk, written.sql)
    keep_draft(desk, written.sql)
    targets = draw_targets(desk, "sql")
    chosen = window_or_none(desk, "sql", "last-30-days")
    title = st.text_input("Title", value="SQL by hand", key=keys.SQL_TITLE, max_chars=200)
    if chosen is None:
        return "the data window cannot be used."
    if filled.problem:
        if desk.may(Role.ANALYST):
            st.info(f"Not ready: {text.esc_md(filled.problem)}", icon=":material/edit:")
        return written.refusal if written.errors else filled.problem
    may_run = not written.errors
    obstacle = draw_run(
        desk, targets, chosen, sql=written.sql, values=filled.values, title=title,
        asked=written.run and may_run, listed=written.findings,
    )  # fmt: skip
    return obstacle if may_run else written.refusal


def _only_instance(desk: Desk) -> str:
    """The instance that is chosen below the editor, when it is one; nothing otherwise."""
    chosen = st.session_state.get(f"sql.{keys.TARGET_INSTANCES}") or []
    there = {r.instance_id for r in desk.instances.all() if r.active} if len(chosen) == 1 else ()
    return str(chosen[0]) if there and chosen[0] in there else ""
