"""From a question to a run: parameters, instances, window, exactly what is sent, run."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from amc.auth.roles import Role
from amc.errors import ParameterError
from amc.ids import FLEET_RUN, mint
from amc.services.executions import Prepared, RunRequest
from amc.templates import Template
from amc.timing.window import Window
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.widgets.editor import run_requested
from amc.ui.widgets.findings import draw_findings
from amc.ui.widgets.parameters import draw_parameters
from amc.ui.widgets.targets import Targets, draw_targets, window_or_none


def draw_template_builder(desk: Desk) -> None:
    """The gallery, and the builder of the chosen template."""
    template = _gallery(desk)
    if template is None:
        return
    st.markdown(f"**{text.esc_md(template.question)}**")
    st.caption(text.esc_md(template.description))
    st.subheader("1 · Parameters", anchor=False)
    values = draw_parameters(template, "builder")
    st.subheader("2 · Where and when", anchor=False)
    targets = draw_targets(desk, "builder")
    chosen = window_or_none(desk, "builder", template.default_window)
    st.caption(text.esc_md(template.fields.window_help))
    st.subheader("3 · What is sent", anchor=False)
    if chosen is not None:
        _run(desk, targets, chosen, template=template.name, values=values, title=template.title)


def _gallery(desk: Desk) -> Template | None:
    templates = desk.templates.all()
    for fault in desk.templates.faults():
        st.warning(text.esc_md(fault), icon=":material/report:")
    if not templates:
        st.info("There are no templates.", icon=":material/info:")
        return None
    groups = sorted({t.group for t in templates})
    left, right = st.columns([1, 2])
    group = left.selectbox(
        "Group",
        ["", *groups],
        key=keys.BUILDER_GROUP,
        format_func=lambda g: g.capitalize() or "All groups",
    )
    shown = {t.name: t for t in templates if group in ("", t.group)}
    name = right.selectbox(
        "Template",
        list(shown),
        key=keys.BUILDER_TEMPLATE,
        bind="query-params",
        format_func=lambda n: shown[n].title if n in shown else n,
    )
    return shown.get(name)


def draw_sql_builder(desk: Desk, sql: str) -> None:
    """Parameters, instances, window and run of SQL by hand."""
    if not sql.strip():
        st.info("Write a query above, or start from a template.", icon=":material/info:")
        return
    values = _sql_parameters(desk, sql)
    targets = draw_targets(desk, "sql")
    chosen = window_or_none(desk, "sql", "last-30-days")
    title = st.text_input("Title", value="SQL by hand", key=keys.SQL_TITLE, max_chars=200)
    if chosen is not None:
        _run(desk, targets, chosen, sql=sql, values=values, title=title)


def _sql_parameters(desk: Desk, sql: str) -> dict[str, Any]:
    names = desk.templates.parameter_names(sql)
    if not names:
        return {}
    st.markdown("**Parameters of the query**")
    values: dict[str, Any] = {}
    cells = st.columns(min(3, len(names)))
    for index, name in enumerate(names):
        value = cells[index % len(cells)].text_input(
            text.esc_md(name),
            key=f"{keys.SQL_PARAMETER}.{name}",
            help="A list: one JSON list, or separated by commas.",
        )
        if value:
            values[name] = value
    return values


def _run(
    desk: Desk,
    targets: Targets,
    chosen: tuple[Window, str],
    *,
    template: str = "",
    sql: str = "",
    values: Mapping[str, Any],
    title: str,
) -> None:
    """The preview and the buttons."""
    if not desk.may(Role.ANALYST):
        st.info("Runs are made by analysts and administrators.", icon=":material/lock:")
        return
    if targets.is_empty:
        st.info("Choose instances or a set to see what each of them gets.", icon=":material/info:")
        return
    request = RunRequest(
        window=chosen[0],
        window_rule=chosen[1],
        instance_ids=targets.instance_ids,
        instance_set=targets.instance_set,
        template=template,
        sql=sql,
        parameters=values,
        title=title,
        request_key=_request_key(),
    )
    try:
        prepared = desk.executions.prepare(request)
    except ParameterError as exc:
        st.warning(text.esc_md(str(exc)), icon=":material/edit:")
        return
    draw_preview(prepared)
    row = st.container(horizontal=True)
    ready = prepared.can_run
    number = text.count(len(prepared.targets), "instance")
    clicked = row.button(
        f"Run on {number}",
        type="primary",
        icon=":material/play_arrow:",
        disabled=not ready,
        key=f"{keys.RUN}.{'template' if template else 'sql'}",
    )
    # Ctrl+Enter in the editor asks for the same.
    if clicked or (sql and ready and run_requested()):
        run = desk.executions.submit(request, desk.actor)
        st.session_state.pop(keys.REQUEST_KEY, None)
        st.switch_page("../../pages/executions.py", query_params={"run": run.id})
    if row.button(
        "Schedule this",
        icon=":material/event_repeat:",
        disabled=not ready,
        key=f"{keys.TO_SCHEDULE}.{'template' if template else 'sql'}",
    ):
        st.session_state[keys.SCHEDULE_DRAFT] = {
            "template": template,
            "sql": sql,
            "parameters": dict(values),
            "name": title,
            "instances": list(targets.instance_ids),
            "set": targets.instance_set,
            "window_rule": chosen[1],
        }
        st.switch_page("../../pages/schedules.py", query_params={"new": "1"})


def _request_key() -> str:
    """Stays the same until its run was made: a double click makes one run."""
    if keys.REQUEST_KEY not in st.session_state:
        st.session_state[keys.REQUEST_KEY] = mint(FLEET_RUN)
    return str(st.session_state[keys.REQUEST_KEY])


def draw_preview(prepared: Prepared) -> None:
    """Each different text with the instances that get it, and what stands against it."""
    unable = [t for t in prepared.targets if t.problem]
    if unable:
        lines = [f"- {text.esc_md(t.instance.name)}: {text.esc_md(t.problem)}" for t in unable[:8]]
        more = f"\n- and {len(unable) - 8} more" if len(unable) > 8 else ""
        st.error(
            f"{len(unable)} of {len(prepared.targets)} instances cannot run this; leave them "
            "out:\n" + "\n".join(lines) + more,
            icon=":material/block:",
        )
    draw_findings(prepared.findings)
    for text_of in prepared.texts:
        names = [
            t.instance.name for t in prepared.targets if t.text.fingerprint == text_of.fingerprint
        ]
        shown = ", ".join(text.esc_md(n) for n in names[:4])
        more = f" and {len(names) - 4} more" if len(names) > 4 else ""
        with st.expander(f"SQL for {shown}{more}", expanded=len(prepared.texts) == 1):
            st.code(text_of.author_sql, language="sql", line_numbers=True, height=320)
            if text_of.parameter_values:
                st.caption("Parameter values")
                st.json(text_of.parameter_values, expanded=False)
            st.caption(f"Published at Amazon as {text_of.workflow_id}")
