"""The frame around every page: who is here, what lives, which host, the time zone, the way out."""

from functools import cache
from pathlib import Path
from zoneinfo import available_timezones

import streamlit as st

from amc.auth.roles import CurrentUser
from amc.errors import SchedulerDownError
from amc.services.health import SCHEDULER
from amc.ui import gate, keys
from amc.ui.desk import Desk
from amc.ui.errors import Boundary
from amc.ui.navigation import ACCOUNT, draw_menu, page_of
from amc.ui.notices import show_notice
from amc.ui.page import fragment
from amc.ui.process import services
from amc.ui.text import PRODUCT, ago, count, esc_md
from amc.ui.widgets.announced import draw_announcements, draw_failing_jobs
from amc.ui.widgets.outlook import draw_outlook

ASSETS = Path(__file__).with_name("assets")
ICON = str(ASSETS / "mark.svg")
SIDEBAR_WIDTH = 240  # pixels: the tables get the rest
_EVERY_S = 10.0


def draw(user: CurrentUser) -> None:
    """Draw it; a part that fails does not take the page with it."""
    desk = Desk(services(), user)
    dark = st.context.theme.type == "dark"
    st.logo(str(ASSETS / f"logo_{'dark' if dark else 'light'}.svg"), size="large", icon_image=ICON)
    with st.sidebar:
        draw_menu()
        with Boundary("frame"):
            _host(desk)
            _status(desk)
        with Boundary("frame-user"):
            _person(desk)
    with Boundary("frame-banner"):
        show_notice()
        _banner(desk)


def _host(desk: Desk) -> None:
    label = desk.settings.label
    if label:
        st.badge(esc_md(label), icon=":material/lan:", color="violet", help="Not Amazon's own host")


@fragment(run_every=_EVERY_S)
def _banner(desk: Desk) -> None:
    if not desk.health.scheduler_alive():
        error = SchedulerDownError()
        st.warning(error.hint, title=error.message, icon=":material/heart_broken:")
    draw_failing_jobs(desk)
    draw_announcements(desk)
    draw_outlook(desk)


@fragment(run_every=_EVERY_S)
def _status(desk: Desk) -> None:
    st.markdown("  \n".join((_scheduler_line(desk), _connection_line(desk))))


def _scheduler_line(desk: Desk) -> str:
    seen = [p for p in desk.health.processes() if p.kind == SCHEDULER]
    if any(p.alive for p in seen):
        return ":green[:material/check_circle:] Scheduler running"
    if not seen:
        return ":red[:material/error:] Scheduler not running"
    return (
        f":red[:material/error:] Scheduler silent, last heard {ago(seen[0].at, desk.clock.now())}"
    )


def _connection_line(desk: Desk) -> str:
    found = desk.connections.all()
    broken = [c for c in found if c.state == "needs_person"]
    waiting = [c for c in found if c.state == "retrying"]
    if not found:
        return ":orange[:material/link_off:] No Amazon login yet"
    if broken:
        return f":red[:material/error:] {count(len(broken), 'Amazon login')} to reconnect"
    if waiting:
        return f":orange[:material/sync_problem:] {count(len(waiting), 'Amazon login')} retrying"
    return f":green[:material/check_circle:] {count(len(found), 'Amazon login')} connected"


def _person(desk: Desk) -> None:
    user = desk.user
    st.markdown(f":material/person: **{esc_md(user.shown_name)}** · {user.role.value}")
    if user.must_change:
        st.page_link(
            page_of(ACCOUNT),
            label=":orange[Change your password]",
            icon=":material/key:",
            help="The present one was made for you and somebody else may have seen it.",
        )
    _zone(desk)
    if st.button("Sign out", key=keys.SIGN_OUT, icon=":material/logout:", width="stretch"):
        gate.sign_out()


def _zone(desk: Desk) -> None:
    present = desk.zone
    zones = list(dict.fromkeys((*zone_names(), present)))
    chosen = st.selectbox(
        "Time zone", zones, index=zones.index(present), key=keys.ZONE, help="For every page"
    )
    if chosen != present:
        desk.users.set_zone(desk.actor, desk.user.name, chosen)
        st.rerun()


@cache
def zone_names() -> tuple[str, ...]:
    """Time zones to choose from, UTC first; read from the disk once (it takes a while)."""
    return ("UTC", *sorted(z for z in available_timezones() if "/" in z))


def page_title(title: str) -> str:
    """What the browser's tab shows."""
    return f"{title} · {PRODUCT}"
