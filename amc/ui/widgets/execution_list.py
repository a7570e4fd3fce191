"""The list of executions with its filters, which live in the page's address."""

import streamlit as st

from amc.services.executions import ExecutionFilter
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.widgets import status
from amc.ui.widgets.executions import PAGE_SIZE, execution_table

_GROUPS = {
    "All": (),
    "Running now": status.LIVE,
    "Ready": ("READY",),
    "Failed or rejected": ("FAILED", "REJECTED"),
    "Cancelled": ("CANCELLED",),
}


def draw_filters(desk: Desk) -> ExecutionFilter:
    """Status, text, template and instance."""
    first, second, third, fourth = st.columns([2, 2, 2, 3])
    group = first.selectbox("Status", list(_GROUPS), key=keys.LIST_STATUS, bind="query-params")
    words = second.text_input(
        "Search", key=keys.LIST_TEXT, placeholder="title, instance, id", bind="query-params"
    )
    templates = third.multiselect(
        "Template",
        [t.name for t in desk.templates.all()],
        key=keys.LIST_TEMPLATES,
        bind="query-params",
    )
    instances = {i.instance_id: i.name for i in desk.instances.all()}
    chosen = fourth.multiselect(
        "Instance",
        list(instances),
        key=keys.LIST_INSTANCES,
        bind="query-params",
        format_func=lambda i: text.esc_md(f"{instances.get(i, i)} ({i})"),
    )
    return ExecutionFilter(
        states=tuple(_GROUPS.get(group, ())),
        text=words.strip(),
        templates=tuple(templates),
        instance_ids=tuple(chosen),
        fleet_run=st.query_params.get("run", ""),
    )


def draw_list(desk: Desk, wanted: ExecutionFilter) -> None:
    """A page of the list; choosing a row opens it."""
    number = int(st.session_state.get(keys.LIST_PAGE, 1))
    rows, total = desk.executions.page(wanted, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    if not total:
        _empty(wanted)
        return
    st.caption(f"{text.count(total, 'execution')}, times in {desk.zone}. Choose a row to open it.")
    opened = execution_table(rows, desk.zone, key=f"{keys.LIST_TABLE}.{number}")
    if opened:
        st.query_params["execution"] = opened
        st.rerun(scope="app")
    pages = -(-total // PAGE_SIZE)
    if pages > 1:
        st.number_input(
            f"Page (of {pages})", min_value=1, max_value=pages, key=keys.LIST_PAGE, width=160
        )


def _empty(wanted: ExecutionFilter) -> None:
    if wanted == ExecutionFilter():
        st.info("Nothing has run yet. Choose a template and run it.", icon=":material/info:")
        st.page_link("../../pages/query_builder.py", label="Open the query builder")
    else:
        st.info("No execution fits these filters.", icon=":material/filter_alt_off:")
