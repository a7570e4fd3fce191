"""The list of executions with its filters, which live in the page's address."""

import streamlit as st

from amc.services.executions import ExecutionFilter
from amc.services.views import InstanceView
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.widgets import status
from amc.ui.widgets.executions import PAGE_SIZE, execution_table
from amc.ui.widgets.pager import draw_pager, fetch_page
from amc.ui.widgets.unable import draw_left_out

_GROUPS = {
    "All": (),
    "Running now": status.LIVE,
    "Ready": ("READY",),
    "Failed or rejected": ("FAILED", "REJECTED"),
    "Cancelled": ("CANCELLED",),
}


def draw_filters(desk: Desk) -> ExecutionFilter:
    """Status, text, template and instance."""
    first, second = st.columns([2, 3])
    third, fourth = st.columns([2, 3])
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
    instances = {i.instance_id: instance_option(i) for i in desk.instances.all()}
    chosen = fourth.multiselect(
        "Instance",
        list(instances),
        key=keys.LIST_INSTANCES,
        bind="query-params",
        format_func=lambda i: instances.get(i, i),
    )
    run = st.query_params.get("run", "")
    if run:
        _only_run(desk, run)
    return ExecutionFilter(
        states=tuple(_GROUPS.get(group, ())),
        text=words.strip(),
        templates=tuple(templates),
        instance_ids=tuple(chosen),
        fleet_run=run,
    )


def _only_run(desk: Desk, run: str) -> None:
    """Says that the list is one run's, and the way back to all."""
    row = st.container(horizontal=True, vertical_alignment="center")
    found = desk.executions.fleet_run(run)
    row.markdown(f"Only the run **{text.esc_md(found.title)}**")
    if row.button("Show all", icon=":material/filter_alt_off:", key=keys.LIST_ALL):
        del st.query_params["run"]
        st.rerun()
    draw_left_out(found.left_out)


def instance_option(instance: InstanceView) -> str:
    """An instance as the filter and the page's address write it."""
    return f"{instance.name} ({instance.instance_id})"


def draw_list(desk: Desk, wanted: ExecutionFilter) -> None:
    """A page of the list; choosing a row opens it."""
    rows, total = fetch_page(
        keys.LIST_PAGE,
        PAGE_SIZE,
        lambda limit, offset: desk.executions.page(wanted, limit=limit, offset=offset),
    )
    if not total:
        _empty(wanted)
        return
    st.caption(f"{text.count(total, 'execution')}, times in {desk.zone}. Choose a row to open it.")
    opened = execution_table(rows, desk.zone, key=keys.LIST_TABLE)
    if opened:
        st.query_params["execution"] = opened
        st.rerun(scope="app")
    draw_pager(keys.LIST_PAGE, total, PAGE_SIZE)


def _empty(wanted: ExecutionFilter) -> None:
    if wanted == ExecutionFilter():
        st.info("Nothing has run yet. Choose a template and run it.", icon=":material/info:")
        st.page_link("../../pages/query_builder.py", label="Open the query builder")
    else:
        st.info("No execution fits these filters.", icon=":material/filter_alt_off:")
