"""What a person should know of the Amazon logins and of the work, above every page."""

import streamlit as st

from amc.services.connection_views import Announcement
from amc.ui.desk import Desk
from amc.ui.text import count, esc_md

_MOST_NAMES = 3


def draw_announcements(desk: Desk) -> None:
    """Each with Amazon's reason, the one thing to do, and what fails tonight if it is not done."""
    for one in desk.connections.announcements():
        box = st.error if one.urgent else st.warning
        icon = ":material/error:" if one.urgent else ":material/event_busy:"
        words = f"{esc_md(one.hint)}{_tonight(desk, one)}"
        box(words, title=esc_md(one.message), icon=icon)


def draw_failing_jobs(desk: Desk) -> None:
    """Jobs of the scheduler that fail: which, since when, why, and what to do."""
    for one in desk.health.failing_jobs():
        # A reason may name schedules that are out of this user's reach.
        why = "" if desk.user.grants.limited else f"{esc_md(one.reason)}  \n"
        st.error(
            f"{why}{esc_md(one.hint)}",
            title=esc_md(one.message),
            icon=":material/sync_problem:",
        )


def _tonight(desk: Desk, one: Announcement) -> str:
    """The schedules that will fail, as far as they are in this user's reach."""
    if not one.schedules:
        return ""
    known = {schedule.name for schedule in desk.schedules.all()}
    names = [name for name in one.schedules if name in known]
    if not names:
        return ""
    shown = ", ".join(f"**{esc_md(name)}**" for name in names[:_MOST_NAMES])
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return (
        f"  \nUntil then {count(len(names), 'schedule')} due in the next 24 hours will fail: "
        f"{shown}{more}."
    )
