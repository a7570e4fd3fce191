"""Exactly what is sent to each instance, and the run of it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from amc.auth.roles import Role
from amc.errors import ParameterError
from amc.ids import FLEET_RUN, mint
from amc.services.executions import Prepared, RunRequest
from amc.sql.findings import Finding
from amc.timing.window import Window
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.widgets.findings import draw_findings
from amc.ui.widgets.targets import Targets
from amc.ui.widgets.unable import draw_unable, left_out


def draw_run(
    desk: Desk,
    targets: Targets,
    chosen: tuple[Window, str],
    *,
    template: str = "",
    sql: str = "",
    values: Mapping[str, Any],
    title: str,
    asked: bool = False,
    listed: Collection[Finding] = (),
) -> str:
    """The preview and the buttons; gives why it cannot run, or nothing.

    `asked` runs it now, as a click on the button does; `listed` are findings that the page shows
    elsewhere already.
    """
    if not desk.may(Role.ANALYST):
        st.info("Runs are made by analysts and administrators.", icon=":material/lock:")
        return "runs are made by analysts and administrators."
    if targets.is_empty:
        st.info("Choose instances or a set to see what each of them gets.", icon=":material/info:")
        return "choose instances or a set first."
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
        return str(exc)
    place = "template" if template else "sql"
    prepared = draw_unable(prepared, place)
    request = replace(request, leave_out=left_out(place))
    draw_preview(prepared, listed)
    row = st.container(horizontal=True)
    ready = prepared.can_run
    number = text.count(len(prepared.targets), "instance")
    clicked = row.button(
        f"Run on {number}",
        type="primary",
        icon=":material/play_arrow:",
        disabled=not ready,
        key=f"{keys.RUN}.{place}",
    )
    if clicked or (asked and ready):
        run = desk.executions.submit(request, desk.actor)
        st.session_state.pop(keys.REQUEST_KEY, None)
        st.switch_page("../../pages/executions.py", query_params={"run": run.id})
    if row.button(
        "Schedule this",
        icon=":material/event_repeat:",
        disabled=not ready,
        key=f"{keys.TO_SCHEDULE}.{place}",
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
    return "" if ready else _obstacle(prepared)


def _obstacle(prepared: Prepared) -> str:
    errors = [f for f in prepared.findings if f.severity == "error"]
    if errors:
        return f"{text.count(len(errors), 'error')} in the query: {errors[0].message}"
    number, total = len(prepared.unable), len(prepared.targets)
    if number == total:
        return prepared.unable_error().message
    return f"{number} of {total} instances cannot run it. Leave them out below, then run it again."


def _request_key() -> str:
    """Stays the same until its run was made: a double click makes one run."""
    if keys.REQUEST_KEY not in st.session_state:
        st.session_state[keys.REQUEST_KEY] = mint(FLEET_RUN)
    return str(st.session_state[keys.REQUEST_KEY])


def draw_preview(prepared: Prepared, listed: Collection[Finding] = ()) -> None:
    """Each different text with the instances that get it, and what the checker says of it.

    `listed` are findings that the page shows elsewhere already.
    """
    elsewhere = {(f.code, f.message) for f in listed}
    draw_findings([f for f in prepared.findings if (f.code, f.message) not in elsewhere])
    getting = [t for t in prepared.targets if not t.problem] or prepared.targets
    for text_of in prepared.texts:
        names = [t.instance.name for t in getting if t.text.fingerprint == text_of.fingerprint]
        if not names:
            continue  # nobody gets it
        shown = ", ".join(text.esc_md(n) for n in names[:4])
        more = f" and {len(names) - 4} more" if len(names) > 4 else ""
        with st.expander(f"SQL for {shown}{more}", expanded=len(prepared.texts) == 1):
            written, sent = st.tabs(["As written", "As sent, byte for byte"])
            written.code(text_of.author_sql, language="sql", line_numbers=True, height=320)
            sent.code(
                text_of.sent_sql or "Nothing is sent before the errors are mended.",
                language=None,
                wrap_lines=True,
                height=320,
            )
            if text_of.parameter_values:
                st.caption("Parameter values")
                st.json(text_of.parameter_values, expanded=False)
            st.caption(f"Published at Amazon as {text_of.workflow_id}")
