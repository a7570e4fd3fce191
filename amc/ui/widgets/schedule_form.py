"""Making a schedule: from a run, from the builder, or from a template."""

from typing import Any

import streamlit as st

from amc.auth.roles import Role
from amc.errors import AmcError
from amc.services.schedules import MISSED, OVERLAP, ScheduleDraft
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
    start = _start(desk)
    st.subheader("New schedule", anchor=False)
    name = st.text_input("Name", value=start.get("name", ""), key=keys.FORM_NAME, max_chars=200)
    template, sql, parameters = _what(desk, start)
    instances, instance_set = _targets(desk, start)
    cron, zone = _when(desk)
    rule, offset_h = _window(start)
    missed, overlap = _policies()
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
    if _preview(desk, draft) and st.button(
        "Save the schedule",
        type="primary",
        icon=":material/save:",
        key=keys.FORM_SAVE,
        disabled=not desk.may(Role.ANALYST),
    ):
        made = desk.schedules.create(desk.actor, draft)
        st.session_state.pop(keys.SCHEDULE_DRAFT, None)
        st.query_params.clear()
        st.query_params["schedule"] = made.id
        st.rerun()


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


def _what(desk: Desk, start: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    if start.get("template") or start.get("sql"):
        what = start.get("template") or "SQL by hand"
        st.markdown(f"**Runs** {text.esc_md(what)} with the values of the run.")
        with st.expander("SQL and values"):
            st.code(start.get("sql") or f"template {start.get('template')}", language="sql")
            st.json(start.get("parameters") or {})
        return start.get("template", ""), start.get("sql", ""), start.get("parameters") or {}
    templates = {t.name: t for t in desk.templates.all()}
    if not templates:
        st.info("There are no templates.", icon=":material/info:")
        return "", "", {}
    name = st.selectbox(
        "Template",
        list(templates),
        key=keys.FORM_TEMPLATE,
        format_func=lambda n: templates[n].title,
    )
    return name, "", draw_parameters(desk, templates[name], "schedule")


def _targets(desk: Desk, start: dict[str, Any]) -> tuple[tuple[str, ...], str]:
    key = f"schedule.{keys.TARGET_INSTANCES}"
    if start.get("instances") and key not in st.session_state:
        st.session_state[key] = list(start["instances"])
    found = draw_targets(desk, "schedule")
    return found.instance_ids, found.instance_set or start.get("set", "")


def _when(desk: Desk) -> tuple[str, str]:
    left, middle, right = st.columns([2, 2, 2])
    usual = left.selectbox(
        "When",
        [*_CRONS, ""],
        key=keys.FORM_USUAL,
        format_func=lambda c: _CRONS.get(c, "Another rule"),
    )
    cron = middle.text_input(
        "CRON rule",
        value=usual or "0 8 * * 1",
        key=f"{keys.FORM_CRON}.{usual}",
        help="Five fields: minute, hour, day of the month, month, day of the week (0 and 7 are "
        "Sunday).",
    )
    zone = draw_zone(right, "schedule", desk.zone)
    return cron, zone


def _window(start: dict[str, Any]) -> tuple[str, float]:
    left, right = st.columns([2, 2])
    rules = list(RULES)
    first = start.get("window_rule") or "last-7-days"
    if first not in rules:
        rules.insert(0, first)
    rule = left.selectbox(
        "Data window, counted from each slot",
        rules,
        index=rules.index(first),
        key=keys.FORM_RULE,
        format_func=lambda r: RULES.get(r, r),
    )
    offset = right.number_input(
        "Hours before the slot at which data must be complete",
        min_value=0,
        max_value=2000,
        value=48,
        step=24,
        key=keys.FORM_OFFSET,
        help="Data is complete after 48 hours; conversions are mature after 14 days (336 h).",
    )
    return rule, float(offset)


def _policies() -> tuple[str, str]:
    left, right = st.columns(2)
    missed = left.selectbox(
        "Slots missed while nothing ran",
        list(MISSED),
        index=list(MISSED).index("latest"),
        key=keys.FORM_MISSED,
        format_func=lambda m: _MISSED_WORDS[m],
    )
    overlap = right.selectbox(
        "When the run before has not ended",
        list(OVERLAP),
        key=keys.FORM_OVERLAP,
        format_func=lambda o: _OVERLAP_WORDS[o],
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
    draw_slots(slots, desk.zone)
    if not draft.name.strip():
        st.info("Give the schedule a name to save it.", icon=":material/edit:")
        return False
    if not draft.instance_ids and not draft.instance_set:
        st.info("Choose instances or a set to save it.", icon=":material/edit:")
        return False
    return True
