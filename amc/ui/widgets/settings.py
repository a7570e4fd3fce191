"""Users, health, the audit trail."""

import json

import pandas as pd
import streamlit as st

from amc.auth.roles import Role
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.gate import draw_password_form

_TO_CHANGE = "Another must be chosen at the first sign-in, before anything else opens."


def draw_health(desk: Desk) -> None:
    """Which processes live."""
    rows = desk.health.processes()
    if not desk.health.scheduler_alive():
        st.error(
            "No scheduler runs, so nothing moves. Start it: python -m amc.scheduler",
            icon=":material/error:",
        )
    if found := desk.restores.current():
        st.info(
            f"A backup was put back on {text.instant(found.restored_at, desk.zone)}; it shows what "
            f"was at {text.instant(found.as_of, desk.zone)}. What was sent to Amazon in between is "
            "taken up from its list and not sent again; runs by hand are looked for until "
            f"{text.instant(desk.restores.look_ends_at(found), desk.zone)}.",
            icon=":material/restore:",
        )
    if not rows:
        return
    now = desk.clock.now()
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "State": "● Alive" if r.alive else "✕ Silent",
                    "Process": r.name,
                    "Kind": r.kind,
                    "Heard of": text.ago(r.at, now),
                    "Started": text.instant(r.started_at, desk.zone),
                }
                for r in rows
            ]
        ),
        hide_index=True,
        width="stretch",
    )


def draw_account(desk: Desk) -> None:
    """One's own password."""
    st.markdown(f"Signed in as **{text.esc_md(desk.user.name)}**, role {desk.user.role.value}.")
    if draw_password_form(lambda old, new: desk.users.change_password(desk.user.name, old, new)):
        st.success(
            "Changed. Every other session of yours has ended.", icon=":material/check_circle:"
        )


def draw_users(desk: Desk) -> None:
    """Users, their roles; new ones."""
    rows = desk.users.all()
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "Name": r.name,
                    "Role": str(r.role),
                    "State": "■ Disabled" if r.disabled else "● Active",
                    "Since": text.instant(r.created_at, desk.zone),
                }
                for r in rows
            ]
        ),
        hide_index=True,
        width="stretch",
    )
    roles = [r.value for r in Role]
    with st.form(keys.USER_FORM, clear_on_submit=True):
        st.markdown("**New user**")
        left, right = st.columns(2)
        name = left.text_input("Name", max_chars=120)
        role = right.selectbox("Role", roles, index=roles.index("analyst"))
        made = st.form_submit_button("Make the user")
    if made:
        password = desk.users.create(desk.actor, name, role=role)
        st.success(f"{text.esc_md(name)} may sign in with this password, shown once. {_TO_CHANGE}")
        st.code(password, language=None)
    names = [r.name for r in rows if r.name != desk.user.name]
    if names:
        _change_user(desk, names, roles)


def _change_user(desk: Desk, names: list[str], roles: list[str]) -> None:
    st.markdown("**Change a user**")
    left, middle, right = st.columns(3)
    name = left.selectbox("User", names, key=keys.USER_PICK)
    role = middle.selectbox("New role", roles, key=keys.USER_ROLE)
    action = right.selectbox(
        "What", ["Set the role", "New password", "Disable", "Enable"], key=keys.USER_ACTION
    )
    stops = action == "Disable" or (action == "Set the role" and role == Role.VIEWER)
    owned = desk.schedules.of_owner(name) if stops else []
    take = bool(owned) and _told_of_schedules(name, [row.name for row in owned])
    if st.button("Do it", key=keys.USER_DO):
        if action == "Set the role":
            desk.users.set_role(desk.actor, name, role)
        elif action == "New password":
            password = desk.users.reset_password(desk.actor, name)
            st.success(f"The new password of {text.esc_md(name)}, shown once. {_TO_CHANGE}")
            st.code(password, language=None)
            return
        elif action == "Disable":
            desk.users.disable(desk.actor, name)
        else:
            desk.users.enable(desk.actor, name)
        for row in owned if take else []:
            desk.schedules.take_over(desk.actor, row.id)
        st.rerun()


def _told_of_schedules(name: str, schedules: list[str]) -> bool:
    """What stops with a person; whether the administrator takes it over."""
    st.warning(
        f"{text.count(len(schedules), 'schedule')} of {text.esc_md(name)} will be suspended: "
        f"{text.esc_md(', '.join(schedules))}.",
        icon=":material/person_off:",
    )
    return st.checkbox("Take them over, so that they go on", key=keys.USER_TAKE)


def draw_audit(desk: Desk) -> None:
    """Who did what, the latest first, and whether the trail is whole."""
    problems = desk.audit.verify()
    if problems:
        st.error(text.esc_md(problems[0]), icon=":material/gpp_bad:")
    else:
        st.caption("The trail is whole: no row was altered, removed or put in between.")
    rows = desk.audit.latest(200)
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "At": text.instant(r.at, desk.zone, seconds=True),
                    "Who": r.actor,
                    "What": r.action,
                    "Object": r.object_id,
                    "Details": json.dumps(r.after, ensure_ascii=False) if r.after else "",
                }
                for r in rows
            ]
        ),
        hide_index=True,
        width="stretch",
        height=min(600, 38 + 35 * max(1, len(rows))),
    )
