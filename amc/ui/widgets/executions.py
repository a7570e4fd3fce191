"""Executions in a list, and one execution from its head to its manifest."""

import json
from collections.abc import Callable, Sequence
from typing import Any, cast

import pandas as pd
import streamlit as st

from amc.auth.roles import Role
from amc.services.views import ExecutionDetail, ExecutionView, as_json
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.widgets import status
from amc.ui.widgets.result import draw_chart, draw_downloads, draw_facts, draw_table

PAGE_SIZE = 50


def execution_table(
    rows: Sequence[ExecutionView], zone: str, *, key: str, height: int | None = None
) -> str | None:
    """A list of executions; gives the id of the one that was chosen."""
    frame = pd.DataFrame(
        [
            {
                "Status": status.plain(row.status) + (" · stalled" if row.stalled else ""),
                "What": row.title,
                "Instance": row.instance_name or row.instance_id,
                "Brand": row.brand,
                "Window": f"{row.window['start'][:10]} – {row.window['end'][:10]}",
                "Rows": row.rows,
                "Started": text.instant(row.created_at, zone),
                "By": row.created_by,
                "Reason": row.reason,
            }
            for row in rows
        ]
    )
    chosen = st.dataframe(
        frame.style.map(_colour, subset=["Status"]).format({"Rows": "{:,.0f}"}, na_rep=""),
        hide_index=True,
        width="stretch",
        height=height or "auto",
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        placeholder="",
        column_config={
            "Status": st.column_config.TextColumn(width="medium"),
            "What": st.column_config.TextColumn(width="medium"),
            "Reason": st.column_config.TextColumn(width="large"),
        },
    )
    picked = cast("Any", chosen).selection.rows
    return rows[picked[0]].id if picked and picked[0] < len(rows) else None


_COLOURS = {"green": "#186339", "red": "#A52A21", "blue": "#1A5799", "gray": "#5A6775"}


def _colour(value: object) -> str:
    for found in status.STATES.values():
        if str(value).startswith(f"{found.sign} {found.word}"):
            return f"color: {_COLOURS[found.colour]}"
    return ""


def draw_execution(desk: Desk, execution_id: str) -> None:
    """One execution: head, actions, result, chart, texts, timeline, manifest."""
    detail = desk.executions.detail(execution_id)
    execution = detail.execution
    _draw_head(desk, execution)
    _draw_reason(execution)
    _draw_actions(desk, execution)
    if execution.status == "READY":
        draw_facts(desk, execution)
    _draw_tabs(desk, detail)


def _draw_tabs(desk: Desk, detail: ExecutionDetail) -> None:
    """The parts of an execution; only the open one is made."""
    execution = detail.execution

    parts: dict[str, Callable[[], None]] = {
        "Table": lambda: draw_table(desk, execution),
        "Chart": lambda: draw_chart(desk, execution),
        "How to read it": lambda: _draw_guide(desk, execution),
        "SQL": lambda: _draw_sql(detail),
        "Timeline": lambda: _draw_timeline(detail, desk.zone),
        "Manifest": lambda: _draw_manifest(desk, execution.id),
    }
    if execution.status != "READY":
        parts = {name: parts[name] for name in ("SQL", "Timeline", "Manifest")}
        key = keys.RUN_TAB
    else:
        key = keys.RESULT_TAB
    for tab, draw in zip(
        st.tabs(list(parts), key=key, bind="query-params"), parts.values(), strict=True
    ):
        if tab.open:
            with tab:
                draw()


def _draw_head(desk: Desk, execution: ExecutionView) -> None:
    badges = [status.badge(execution.status)]
    if execution.cancelling:
        badges.append(":orange-badge[:material/cancel: Cancelling]")
    if execution.stalled:
        badges.append(":orange-badge[:material/timer: Stalled]")
    st.subheader(text.esc_md(execution.title), anchor=False)
    st.markdown(" ".join(badges))
    left, middle, right = st.columns(3)
    window = execution.window
    left.markdown(
        f"**Instance**  \n{text.esc_md(execution.instance_name)}  \n"
        f":gray[{text.esc_md(execution.instance_id)}]"
    )
    middle.markdown(
        f"**Data window**  \n{window['start'][:16].replace('T', ' ')} to "
        f"{window['end'][:16].replace('T', ' ')}  \n:gray[{text.esc_md(window['zone'])}]"
    )
    amazon = execution.amc_status or "not there yet"
    right.markdown(
        f"**Started**  \n{text.instant(execution.created_at, desk.zone)}  \n"
        f":gray[by {text.esc_md(execution.created_by)} · at Amazon: {text.esc_md(amazon)}]"
    )


def _draw_reason(execution: ExecutionView) -> None:
    if execution.status not in ("FAILED", "REJECTED") and not execution.reason:
        return
    cause = execution.cause or {}
    if execution.status in ("FAILED", "REJECTED"):
        st.error(
            f"**{text.esc_md(cause.get('cause', 'It did not succeed.'))}**  \n"
            f"{text.esc_md(cause.get('fix', ''))}",
            icon=":material/error:",
        )
        if place := cause.get("place"):
            st.markdown(
                f"In your text: **line {place['line']}, column {place['column']}** "
                "(tab SQL, as you wrote it)."
            )
        if execution.reason:
            st.caption("Amazon's words")
            st.code(execution.reason, language=None, wrap_lines=True)
    elif execution.reason:
        st.info(text.esc_md(execution.reason), icon=":material/info:")


def _draw_actions(desk: Desk, execution: ExecutionView) -> None:
    may = desk.may(Role.ANALYST)
    row = st.container(horizontal=True)
    if execution.status in ("QUEUED", "SUBMITTING", "PENDING", "RUNNING"):
        clicked = row.button(
            "Cancel",
            icon=":material/cancel:",
            key=keys.CANCEL,
            disabled=not may or execution.cancelling,
        )
        if clicked:
            desk.executions.cancel(execution.id, desk.actor)
            st.rerun()
        return
    if row.button("Run again", icon=":material/replay:", key=keys.RERUN, disabled=not may):
        # The key makes a double click one run; the next visit has another one.
        run = desk.executions.rerun(
            execution.id, desk.actor, request_key=f"rerun:{execution.id}:{_nonce()}"
        )
        st.query_params["execution"] = run.executions[0].id
        st.session_state.pop(keys.NONCE, None)
        st.rerun()
    if row.button(
        "Schedule",
        icon=":material/event_repeat:",
        key=keys.TO_SCHEDULE,
        disabled=not may,
    ):
        st.switch_page("../../pages/schedules.py", query_params={"new": "1", "from": execution.id})
    if execution.status == "READY":
        with row:
            draw_downloads(execution)


def _nonce() -> str:
    """A word that stays the same until the action it belongs to was done."""
    if keys.NONCE not in st.session_state:
        from amc.ids import EXECUTION, mint

        st.session_state[keys.NONCE] = mint(EXECUTION)
    return str(st.session_state[keys.NONCE])


def _draw_guide(desk: Desk, execution: ExecutionView) -> None:
    known = {t.name: t for t in desk.templates.all()}
    template = known.get(execution.template)
    if template is None:
        st.info("A guide comes with templates; this was SQL by hand.", icon=":material/info:")
        return
    st.markdown(f"**{text.esc_md(template.question)}**")
    st.markdown(template.reading)
    st.markdown("**What AMC may hide**")
    st.markdown(template.privacy)
    st.dataframe(
        pd.DataFrame(
            [
                {"Column": o.title, "Name": o.name, "Unit": o.unit, "Meaning": o.description}
                for o in template.output
            ]
        ),
        hide_index=True,
        width="stretch",
    )


def _draw_sql(detail: ExecutionDetail) -> None:
    written = detail.written_sql or detail.author_sql
    st.code(written, language="sql", line_numbers=True, wrap_lines=True)
    if detail.parameter_values:
        st.caption("Parameter values as sent")
        st.code(json.dumps(detail.parameter_values, ensure_ascii=False, indent=2), language="json")
    with st.expander("The text that Amazon got, byte for byte"):
        st.code(detail.sent_sql or "not sent", language="sql", wrap_lines=True)


def _draw_timeline(detail: ExecutionDetail, zone: str) -> None:
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "At": text.instant(e.at, zone, seconds=True),
                    "Status": status.plain(e.state),
                    "What": e.text,
                    "Amazon's request id": e.request_id,
                }
                for e in detail.events
            ]
        ),
        hide_index=True,
        width="stretch",
    )


def _draw_manifest(desk: Desk, execution_id: str) -> None:
    manifest = as_json(desk.executions.manifest(execution_id))
    content = json.dumps(manifest, ensure_ascii=False, indent=2)
    st.code(content, language="json", height=420, wrap_lines=True)
