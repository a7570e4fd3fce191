"""Making a schedule (from a run, from the builder, from a template) and changing one."""

from typing import Any

import pandas as pd
import streamlit as st

from amc.auth.roles import Role
from amc.errors import AmcError, StaleError
from amc.services.schedules import MISSED, OVERLAP, ScheduleDraft, ScheduleView
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.widgets.parameters import draw_parameters
from amc.ui.widgets.schedules import draw_slots
from amc.ui.widgets.targets import RULES, draw_targets, draw_zone

_CRONS = {
    "0 8 * * 1": "Mondays at 08:00",
    "0 8 * * 1-5": "Weekdays at 08:00",
    "0 8 * * *": "Every day at 08:00",
    "0 8 1 * *": "The first of the month at 08:00",
}
_MISSED_WORDS = {
    "latest": "Run only the latest one",
    "all": "Run all of them",
    "skip": "Skip them",
}
_OVERLAP_WORDS = {"skip": "Skip the new one", "allow": "Run both"}


def draw_new(desk: Desk) -> None:
    """The form of a new schedule."""
    st.subheader("New schedule", anchor=False)
    start = _start(desk)
    draft = _draw_form(desk, start, "")
    if draft is None or not _save(desk):
        return
    made = desk.schedules.create(desk.actor, draft)
    st.session_state.pop(keys.SCHEDULE_DRAFT, None)
    _leave(made.id, "")


def draw_edit(desk: Desk, schedule_id: str) -> None:
    """The form of a schedule that is there; the next slot that fires uses the new form wholly."""
    row = desk.schedules.get(schedule_id)
    st.subheader(f"Edit {text.esc_md(row.name)}", anchor=False)
    # Of the form that was opened: what somebody else saves meanwhile is not written over.
    key = f"{keys.FORM_VERSION}.{schedule_id}"
    version = int(st.session_state.setdefault(key, row.version))
    draft = _draw_form(desk, _start_of(row), schedule_id)
    cells = st.container(horizontal=True)
    with cells:
        wanted = draft is not None and _save(desk)
        if st.button("Leave it as it was", icon=":material/undo:", key=keys.FORM_CANCEL):
            _leave(schedule_id, schedule_id)
    if draft is None or not wanted:
        return
    try:
        desk.schedules.update(desk.actor, schedule_id, draft, version)
    except StaleError:
        _draw_difference(desk, row, draft)
        st.session_state.pop(key, None)
        raise
    _leave(schedule_id, schedule_id)


def _leave(schedule_id: str, scope: str) -> None:
    """To the schedule; the form of `scope` forgets what was typed."""
    for key in (f"{keys.FORM_VERSION}.{scope}", f"{_prefix(scope)}.{keys.TARGET_INSTANCES}"):
        st.session_state.pop(key, None)
    st.query_params.clear()
    st.query_params["schedule"] = schedule_id
    st.rerun()


def _save(desk: Desk) -> bool:
    return st.button(
        "Save the schedule",
        type="primary",
        icon=":material/save:",
        key=keys.FORM_SAVE,
        disabled=not desk.may(Role.ANALYST),
    )


def _prefix(scope: str) -> str:
    return f"schedule.{scope}" if scope else "schedule"


def _draw_form(desk: Desk, start: dict[str, Any], scope: str) -> ScheduleDraft | None:
    """All fields and the preview; what they say, or None while it cannot be saved."""
    name = st.text_input(
        "Name", value=start.get("name", ""), key=_key(keys.FORM_NAME, scope), max_chars=200
    )
    template, sql, parameters = _what(desk, start, scope)
    instances, instance_set = _targets(desk, start, scope)
    cron, zone = _when(desk, start, scope)
    rule, offset_h = _window(start, scope)
    missed, overlap = _policies(start, scope)
    draft = ScheduleDraft(
        name=name,
        cron=cron,
        zone=zone,
        window_rule=rule,
        sql=sql,
        template=template,
        parameters=parameters,
        instance_ids=instances,
        instance_set=instance_set,
        offset_s=int(offset_h * 3600),
        missed=missed,
        overlap=overlap,
    )
    return draft if _preview(desk, draft) else None


def _key(name: str, scope: str) -> str:
    return f"{name}.{scope}" if scope else name


def _start(desk: Desk) -> dict[str, Any]:
    """What the form begins with: a run, the builder's draft, or nothing."""
    execution = st.query_params.get("from", "")
    if execution:
        request = desk.executions.request_of(execution)
        return {
            "name": request.title,
            "template": request.template,
            "sql": request.sql,
            "parameters": dict(request.parameters),
            "instances": list(request.instance_ids),
            "window_rule": request.window_rule,
        }
    return dict(st.session_state.get(keys.SCHEDULE_DRAFT) or {})


def _start_of(row: ScheduleView) -> dict[str, Any]:
    return {
        "name": row.name,
        "template": row.template,
        "sql": row.sql,
        "parameters": row.parameters,
        "instances": row.instance_ids,
        "set": row.instance_set,
        "window_rule": row.window_rule,
        "cron": row.cron,
        "zone": row.zone,
        "offset_h": row.offset_s / 3600,
        "missed": row.missed,
        "overlap": row.overlap,
    }


_NAMES = {
    "name": "Name",
    "cron": "CRON rule",
    "zone": "Time zone",
    "window_rule": "Data window",
    "offset_s": "Offset in seconds",
    "template": "Template",
    "sql": "SQL",
    "parameters": "Parameters",
    "instance_ids": "Instances",
    "instance_set": "Instance set",
    "missed": "Missed slots",
    "overlap": "Overlap",
}


def _draw_difference(desk: Desk, row: ScheduleView, draft: ScheduleDraft) -> None:
    """What is stored now against what was about to be saved."""
    stored = desk.schedules.get(row.id)
    rows = [
        {"What": word, "Stored now": _plain(theirs), "Yours": _plain(ours)}
        for name, word in _NAMES.items()
        if _plain(theirs := getattr(stored, name)) != _plain(ours := getattr(draft, name))
    ]
    if rows:
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")


def _what(desk: Desk, start: dict[str, Any], scope: str) -> tuple[str, str, dict[str, Any]]:
    known = {t.name: t for t in desk.templates.all()}
    begun, given = str(start.get("template") or ""), start.get("parameters") or {}
    if begun in known:
        st.markdown(f"**Runs** the template {text.esc_md(known[begun].title)}")
        values = draw_parameters(desk, known[begun], _prefix(scope), given=given)
        return begun, "", values
    if begun or start.get("sql"):
        st.markdown(f"**Runs** {text.esc_md(begun or 'SQL by hand')} with the values of the run.")
        with st.expander("SQL and values"):
            st.code(start.get("sql") or f"template {begun}", language="sql")
            st.json(given)
        return begun, start.get("sql", ""), given
    if not known:
        st.info("There are no templates.", icon=":material/info:")
        return "", "", {}
    name = st.selectbox(
        "Template",
        list(known),
        key=keys.FORM_TEMPLATE,
        format_func=lambda n: known[n].title,
    )
    return name, "", draw_parameters(desk, known[name], _prefix(scope))


def _targets(desk: Desk, start: dict[str, Any], scope: str) -> tuple[tuple[str, ...], str]:
    prefix = _prefix(scope)
    for name, value in (
        (keys.TARGET_INSTANCES, list(start.get("instances") or ())),
        (keys.TARGET_SET, start.get("set") or ""),
    ):
        if value and f"{prefix}.{name}" not in st.session_state:
            st.session_state[f"{prefix}.{name}"] = value
    found = draw_targets(desk, prefix)
    return found.instance_ids, found.instance_set


def _when(desk: Desk, start: dict[str, Any], scope: str) -> tuple[str, str]:
    left, middle, right = st.columns([2, 2, 2])
    first = start.get("cron") or next(iter(_CRONS))
    choices = [*_CRONS, ""]
    usual = left.selectbox(
        "When",
        choices,
        index=choices.index(first) if first in choices else len(_CRONS),
        key=_key(keys.FORM_USUAL, scope),
        format_func=lambda c: _CRONS.get(c, "Another rule"),
    )
    cron = middle.text_input(
        "CRON rule",
        value=usual or first,
        key=_key(f"{keys.FORM_CRON}.{usual}", scope),
        help="Five fields: minute, hour, day of the month, month, day of the week (0 and 7 are "
        "Sunday).",
    )
    zone = draw_zone(right, _prefix(scope), start.get("zone") or desk.zone)
    return cron, zone


def _window(start: dict[str, Any], scope: str) -> tuple[str, float]:
    left, right = st.columns([2, 2])
    rules = list(RULES)
    first = start.get("window_rule") or "last-7-days"
    if first not in rules:
        rules.insert(0, first)
    rule = left.selectbox(
        "Data window, counted from each slot",
        rules,
        index=rules.index(first),
        key=_key(keys.FORM_RULE, scope),
        format_func=lambda r: RULES.get(r, r),
    )
    offset = right.number_input(
        "Hours before the slot at which data must be complete",
        min_value=0,
        max_value=2000,
        value=round(start.get("offset_h", 48)),
        step=24,
        key=_key(keys.FORM_OFFSET, scope),
        help="Data is complete after 48 hours; conversions are mature after 14 days (336 h).",
    )
    return rule, float(offset)


def _policies(start: dict[str, Any], scope: str) -> tuple[str, str]:
    left, right = st.columns(2)
    missed = left.selectbox(
        "Slots missed while nothing ran",
        list(MISSED),
        index=list(MISSED).index(start.get("missed", "latest")),
        key=_key(keys.FORM_MISSED, scope),
        format_func=lambda m: _MISSED_WORDS[m],
    )
    overlap = right.selectbox(
        "When the run before has not ended",
        list(OVERLAP),
        index=list(OVERLAP).index(start.get("overlap", "skip")),
        key=_key(keys.FORM_OVERLAP, scope),
        format_func=lambda o: _OVERLAP_WORDS[o],
        help="Where no two runs may be under way at once and every missed slot is to run, they "
        "wait and run one after another, within the catch-up limit. Otherwise the newest slot "
        "runs and the others are told as skipped.",
    )
    return missed, overlap


def _preview(desk: Desk, draft: ScheduleDraft) -> bool:
    """The rule in words and the next ten slots; False when it cannot be."""
    try:
        words = desk.schedules.describe(draft.cron)
        slots = desk.schedules.next_slots(
            draft.cron,
            draft.zone,
            count=10,
            window_rule=draft.window_rule,
            offset_s=draft.offset_s,
        )
    except AmcError as exc:
        st.error(text.esc_md(str(exc)), icon=":material/error:")
        return False
    st.markdown(f"**{text.esc_md(words)}** ({text.esc_md(draft.zone)})")
    draw_slots(slots, desk.zone, draft.zone)
    if not draft.name.strip():
        st.info("Give the schedule a name to save it.", icon=":material/edit:")
        return False
    if not draft.instance_ids and not draft.instance_set:
        st.info("Choose instances or a set to save it.", icon=":material/edit:")
        return False
    return True
