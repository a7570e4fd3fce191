"""Schedules in a list, and one schedule with its slots."""

from typing import Any, cast

import pandas as pd
import streamlit as st

from amc.auth.roles import Role
from amc.ids import SCHEDULE, mint
from amc.services.schedules import NextSlot, ScheduleView, SlotView
from amc.timing.zones import load_zone
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.page import fragment
from amc.ui.widgets import status
from amc.ui.widgets.targets import RULES

_EVERY_S = 5.0


def draw_list(desk: Desk) -> None:
    """Every schedule; choosing a row opens it."""
    if st.button(
        "New schedule",
        icon=":material/add:",
        key=keys.SCHEDULE_NEW,
        type="primary",
        disabled=not desk.may(Role.ANALYST),
    ):
        st.query_params["new"] = "1"
        st.rerun()
    rows = desk.schedules.all()
    if not rows:
        st.info(
            "No schedule yet. A good run becomes one with *Schedule* on its page.",
            icon=":material/info:",
        )
        return
    words = (
        st.text_input(
            "Search", key=keys.SCHEDULE_TEXT, placeholder="name, template", bind="query-params"
        )
        .strip()
        .lower()
    )
    shown = [r for r in rows if words in f"{r.name} {r.template}".lower()]
    st.caption(f"{text.count(len(shown), 'schedule')}, times in {desk.zone}. Choose a row.")
    chosen = st.dataframe(
        pd.DataFrame([_row(r, desk.zone) for r in shown]),
        hide_index=True,
        width="stretch",
        key=keys.SCHEDULE_TABLE,
        on_select="rerun",
        selection_mode="single-row",
    )
    picked = cast("Any", chosen).selection.rows
    if picked and picked[0] < len(shown):
        st.query_params["schedule"] = shown[picked[0]].id
        st.rerun()


def _state(row: ScheduleView) -> str:
    if row.broken:
        return "✕ Broken"
    if not row.enabled:
        return "■ Paused"
    return "▲ Suspended" if row.suspended else "● On"


def _row(row: ScheduleView, zone: str) -> dict[str, Any]:
    targets = row.instance_set or text.count(len(row.instance_ids), "instance")
    return {
        "State": _state(row),
        "Name": row.name,
        "Next slot": text.instant(row.next_slot_at, zone),
        "Rule": row.words,
        "Zone": row.zone,
        "Data window": RULES.get(row.window_rule, row.window_rule),
        "What": row.template or "SQL by hand",
        "On": targets,
        "By": row.created_by,
    }


def draw_schedule(desk: Desk, schedule_id: str) -> None:
    """One schedule: what it does, its actions, its coming slots, its history."""
    row = desk.schedules.get(schedule_id)
    st.subheader(text.esc_md(row.name), anchor=False)
    rule = f"{text.esc_md(row.words)} · `{row.cron}` · {text.esc_md(row.zone)}"
    st.markdown(f"**{_state(row)}** · {rule}")
    if row.broken:
        st.error(
            f"It cannot fire: {text.esc_md(row.broken)} Nothing of it was changed; mend it and "
            "resume.",
            icon=":material/error:",
        )
    if row.suspended:
        _suspended(desk, row)
    left, middle, right = st.columns(3)
    left.markdown(f"**Runs**  \n{text.esc_md(_what(desk, row))}")
    middle.markdown(f"**On**  \n{text.esc_md(_on(desk, row))}")
    rule = RULES.get(row.window_rule, row.window_rule)
    before = f"complete {row.offset_s / 3600:g} h before the slot"
    right.markdown(f"**Data window**  \n{text.esc_md(rule)}, {before}")
    _actions(desk, row)

    @fragment(run_every=_EVERY_S)
    def live() -> None:
        """What changes by itself."""
        _slots(desk, schedule_id)

    live()
    with st.expander("SQL and parameters"):
        st.code(row.sql or f"template {row.template}", language="sql")
        st.json(row.parameters)


def _suspended(desk: Desk, row: ScheduleView) -> None:
    why = text.esc_md(row.suspended.removeprefix("suspended: "))
    st.warning(
        f"It does not fire: {why}. Slots that pass are told as paused. Let the person run again "
        "under Settings, Users, or have an administrator take it over.",
        icon=":material/person_off:",
    )
    if desk.may(Role.ADMIN) and st.button(
        "Take over",
        icon=":material/person_add:",
        key=keys.SCHEDULE_TAKE,
        help="It becomes yours, runs under your rights and goes on with its next slot.",
    ):
        desk.schedules.take_over(desk.actor, row.id)
        st.rerun()


def _what(desk: Desk, row: ScheduleView) -> str:
    titles = {t.name: t.title for t in desk.templates.all()}
    return titles.get(row.template, row.template) or "SQL by hand"


def _on(desk: Desk, row: ScheduleView) -> str:
    """The targets by name; of many the first four."""
    if row.instance_set:
        sizes = {s.name: len(s.members) for s in desk.instances.sets()}
        if row.instance_set in sizes:
            return f"{row.instance_set} ({text.count(sizes[row.instance_set], 'instance')} now)"
        return f"{row.instance_set} (no such set)"
    names = {i.instance_id: i.name for i in desk.instances.all(with_gone=True)}
    shown = ", ".join(names.get(i) or i for i in row.instance_ids[:4])
    more = len(row.instance_ids) - 4
    return f"{shown} and {more} more" if more > 0 else shown


def _slots(desk: Desk, schedule_id: str) -> None:
    """The coming slots and those that came."""
    row = desk.schedules.get(schedule_id)
    st.subheader("Next slots", anchor=False)
    if row.enabled:
        coming = desk.schedules.next_slots(
            row.cron, row.zone, window_rule=row.window_rule, offset_s=row.offset_s
        )
        draw_slots(coming, desk.zone, row.zone)
    else:
        st.caption("Paused: slots that pass are told as paused and not run.")
    st.subheader("History", anchor=False)
    _history(desk.schedules.history(row.id), desk.zone)


def _actions(desk: Desk, row: ScheduleView) -> None:
    may = desk.may(Role.ANALYST)
    cells = st.container(horizontal=True)
    if row.enabled:
        if cells.button(
            "Pause",
            icon=":material/pause:",
            key=keys.SCHEDULE_PAUSE,
            disabled=not may,
        ):
            desk.schedules.pause(desk.actor, row.id)
            st.rerun()
    elif cells.button(
        "Resume",
        icon=":material/play_arrow:",
        key=keys.SCHEDULE_RESUME,
        disabled=not may,
    ):
        desk.schedules.resume(desk.actor, row.id)
        st.rerun()
    if cells.button("Run now", icon=":material/bolt:", key=keys.SCHEDULE_RUN, disabled=not may):
        run = desk.schedules.run_now(desk.actor, row.id, request_key=_key())
        st.session_state.pop(keys.SCHEDULE_KEY, None)
        st.switch_page("../../pages/executions.py", query_params={"run": run})
    if cells.button("Edit", icon=":material/edit:", key=keys.SCHEDULE_EDIT, disabled=not may):
        st.query_params["edit"] = "1"
        st.rerun()
    with cells.popover("Remove", icon=":material/delete:", disabled=not may):
        st.markdown("Its runs and results stay.")
        if st.button("Remove this schedule", key=keys.SCHEDULE_REMOVE):
            desk.schedules.remove(desk.actor, row.id)
            st.query_params.clear()
            st.rerun()


def _key() -> str:
    """The same until the run was made: a double click makes one run."""
    if keys.SCHEDULE_KEY not in st.session_state:
        st.session_state[keys.SCHEDULE_KEY] = mint(SCHEDULE)
    return str(st.session_state[keys.SCHEDULE_KEY])


def draw_slots(slots: list[NextSlot], zone: str, own_zone: str) -> None:
    """Coming slots with the window that each will read.

    Args:
        slots: soonest first.
        zone: the one that the page shows.
        own_zone: of the schedule; slots and windows are shown on its clocks too where it differs.
    """
    rows = []
    for slot in slots:
        row = {"Slot": f"{slot.slot_at.astimezone(load_zone(zone)):%a} "
               f"{text.instant(slot.slot_at, zone)}"}  # fmt: skip
        if own_zone != zone:
            row[f"In {own_zone}"] = slot.local.replace("T", " ")[:16]
        if "UTC" not in (zone, own_zone):
            row["In UTC"] = f"{slot.slot_at:%Y-%m-%d %H:%M}"
        window = slot.window or {"start": "", "end": ""}
        row["Data from"] = window["start"].replace("T", " ")[:16]
        row["Data up to, not including"] = window["end"].replace("T", " ")[:16]
        rows.append(row)
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
    st.caption(f"Data windows in {text.esc_md(own_zone)}.")


def _history(slots: list[SlotView], zone: str) -> None:
    if not slots:
        st.caption("No slot has come yet.")
        return
    frame = pd.DataFrame(
        [
            {
                "Slot": text.instant(s.slot_at, zone),
                "Until": text.instant(s.until_at, zone) if s.until_at else "",
                "Slots": s.count,
                "Verdict": status.verdict(s.verdict),
                "Executions": ", ".join(
                    f"{n} {status.look(k).word.lower()}" for k, n in s.states.items()
                ),
                "Reason": s.reason,
                "run": s.fleet_run_id,
            }
            for s in slots
        ]
    )
    chosen = st.dataframe(
        frame.drop(columns="run"),
        hide_index=True,
        width="stretch",
        key=keys.SCHEDULE_HISTORY,
        on_select="rerun",
        selection_mode="single-row",
    )
    picked = cast("Any", chosen).selection.rows
    if picked and frame["run"].iloc[picked[0]]:
        st.switch_page(
            "../../pages/executions.py", query_params={"run": str(frame["run"].iloc[picked[0]])}
        )
