"""How things stand over the whole fleet."""

from datetime import timedelta
from typing import Any, cast

import pandas as pd
import streamlit as st

from amc.services.executions import ExecutionFilter
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.widgets import status
from amc.ui.widgets.execution_list import instance_option
from amc.ui.widgets.executions import execution_table

_CARD = 184  # pixels


def draw_numbers(desk: Desk) -> None:
    """Executions of the last day by state."""
    counts = desk.executions.counts(hours=24)
    instances = desk.instances.all()
    # A row that wraps: on a narrow screen no label is cut.
    row = st.container(horizontal=True)
    row.metric("Instances", f"{len(instances):,}", border=True, width=_CARD)
    row.metric("Running now", f"{counts.total(*status.LIVE):,}", border=True, width=_CARD)
    row.metric("Ready, last 24 h", f"{counts.total('READY'):,}", border=True, width=_CARD)
    row.metric(
        "Failed or rejected, 24 h",
        f"{counts.total('FAILED', 'REJECTED'):,}",
        border=True,
        width=_CARD,
    )
    row.metric("Due, next 24 h", f"{len(desk.schedules.upcoming(24)):,}", border=True, width=_CARD)


def _listed(desk: Desk, title: str, wanted: ExecutionFilter, key: str, empty: str) -> None:
    st.subheader(title, anchor=False)
    rows, total = desk.executions.page(wanted, limit=8)
    if not rows:
        st.caption(empty)
        return
    opened = execution_table(rows, desk.zone, key=key)
    if total > len(rows):
        st.caption(f"and {text.count(total - len(rows), 'more', 'more')} on the executions page")
    if opened:
        st.switch_page("../../pages/executions.py", query_params={"execution": opened})


def draw_running(desk: Desk) -> None:
    """What is on its way."""
    _listed(
        desk,
        "Running now",
        ExecutionFilter(states=status.LIVE),
        keys.FLEET_RUNNING,
        "Nothing is running.",
    )


def draw_failed(desk: Desk) -> None:
    """What did not succeed lately, with its reason."""
    since = desk.clock.now() - timedelta(days=7)
    wanted = ExecutionFilter(states=("FAILED", "REJECTED"), since=since)
    _listed(
        desk, "Failed or rejected in the last 7 days", wanted, keys.FLEET_FAILED, "Nothing failed."
    )


def draw_due(desk: Desk) -> None:
    """Schedules that come next."""
    st.subheader("Due next", anchor=False)
    rows = desk.schedules.upcoming(hours=48, limit=8)
    if not rows:
        st.caption("No schedule is due within two days.")
        return
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "Next slot": text.instant(r.next_slot_at, desk.zone),
                    "Schedule": r.name,
                    "Rule": r.words,
                    "Zone": r.zone,
                    "Data window": r.window_rule,
                    "State": "Broken: " + r.broken if r.broken else "On",
                }
                for r in rows
            ]
        ),
        hide_index=True,
        width="stretch",
        key=keys.FLEET_DUE,
    )


def draw_instances(desk: Desk) -> None:
    """Every instance with its latest result, stale ones first."""
    st.subheader("Instances", anchor=False)
    st.caption("Choose a row to see its executions.")
    rows = desk.instances.all()
    if not rows:
        st.info(
            "No instance is known yet: connect an Amazon login, then sync.", icon=":material/info:"
        )
        st.page_link("../../pages/settings.py", label="Open the settings")
        return
    latest = desk.executions.latest_results()
    now = desk.clock.now()
    frame = pd.DataFrame(
        [
            {
                "Instance": r.name,
                "Id": r.instance_id,
                "Type": r.type.title(),
                "Brand": r.brand,
                "Account": r.account_name,
                "Latest result": text.ago(latest[r.instance_id], now)
                if r.instance_id in latest
                else "none yet",
                "State": _state(r.access, r.active),
            }
            for r in rows
        ]
    )
    chosen = st.dataframe(
        frame,
        hide_index=True,
        width="stretch",
        height=420,
        key=keys.FLEET_INSTANCES,
        on_select="rerun",
        selection_mode="single-row",
    )
    picked = cast("Any", chosen).selection.rows
    if picked and picked[0] < len(rows):
        st.switch_page(
            "../../pages/executions.py",
            query_params={keys.LIST_INSTANCES: instance_option(rows[picked[0]])},
        )


def _state(access: str, active: bool) -> str:  # noqa: FBT001 - a flag of the instance
    if access == "lost":
        return "✕ No access"
    return "● Active" if active else "■ Inactive"
