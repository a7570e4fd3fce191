"""Choosing instances or a set, and the data window."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from zoneinfo import available_timezones

import streamlit as st

from amc.errors import AmcError, WindowError
from amc.services.capabilities import Capability
from amc.timing.window import Window, WindowRule
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.widgets.capability import draw_unfit

RULES = {
    "last-7-days": "Last 7 days",
    "last-14-days": "Last 14 days",
    "last-30-days": "Last 30 days",
    "last-90-days": "Last 90 days",
    "previous-week": "Previous week",
    "last-4-weeks": "Last 4 weeks",
    "previous-month": "Previous month",
    "last-3-months": "Last 3 months",
    "previous-quarter": "Previous quarter",
    "month-to-date": "Month to date",
}
_BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Targets:
    """What was chosen to run on."""

    instance_ids: tuple[str, ...]
    instance_set: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen."""
        return not self.instance_ids and not self.instance_set


def draw_targets(desk: Desk, prefix: str, template: str = "") -> Targets:
    """Instances one by one, and a set.

    Of a template only those that can run it are offered. One that was chosen before stays, with
    the reason beside its name.
    """
    rows = [r for r in desk.instances.all() if r.active]
    names = {r.instance_id: f"{r.name} ({r.instance_id})" for r in rows}
    unfit = _unfit(desk, template) if template else {}
    key = f"{prefix}.{keys.TARGET_INSTANCES}"
    stay = set(st.session_state.get(key) or ())
    left, right = st.columns([3, 1])
    chosen = left.multiselect(
        "Instances",
        [i for i in names if i not in unfit or i in stay],
        key=key,
        format_func=lambda i: (
            str(names.get(i, i)) + (f" ✕ {unfit[i].reason}" if i in unfit else "")
        ),
        placeholder="Choose one or more",
        persist_state="session",
    )
    sets = {s.name: len(s.members) for s in desk.instances.sets()}
    picked = right.selectbox(
        "Instance set",
        ["", *sets],
        key=f"{prefix}.{keys.TARGET_SET}",
        format_func=lambda n: f"{n} ({sets[n]})" if n else "none",
    )
    draw_unfit(list(unfit.values()), names)
    return Targets(tuple(chosen), picked)


def _unfit(desk: Desk, template: str) -> dict[str, Capability]:
    """The instances that cannot run a template."""
    cells = desk.capabilities.matrix(templates=[template]).cells.values()
    return {c.instance_id: c for c in cells if c.ability == "cannot"}


def draw_window(desk: Desk, prefix: str, default: str = "last-30-days") -> tuple[Window, str]:
    """A window by a rule or by hand, in a zone; and the rule's text.

    Raises:
        WindowError: it cannot be.
    """
    rules = list(RULES)
    if default not in rules:
        rules.insert(0, default)
    left, middle, right = st.columns(3)
    rule = left.selectbox(
        "Data window",
        [*rules, _BY_HAND],
        key=f"{prefix}.{keys.WINDOW_RULE}.{default}",
        index=rules.index(default),
        format_func=lambda r: RULES.get(r, r.capitalize()),
    )
    zone = draw_zone(middle, prefix, "UTC")
    if rule == _BY_HAND:
        newest = (desk.clock.now() - timedelta(hours=48)).date()
        days = right.date_input(
            "From and to (both days count)",
            (newest - timedelta(days=30), newest - timedelta(days=1)),
            key=f"{prefix}.{keys.WINDOW_DATES}",
            max_value=desk.clock.now().date(),
        )
        window, word = _by_hand(days, zone), ""
    else:
        offset = timedelta(seconds=desk.settings.data_offset_s)
        window, word = WindowRule.parse(rule).window(desk.clock.now(), zone, offset), rule
    start, end, name = window.to_amc()
    st.caption(
        f"Reads data from {start.replace('T', ' ')[:16]} up to, not including, "
        f"{end.replace('T', ' ')[:16]} ({text.esc_md(name)})."
    )
    return window, word


def _by_hand(days: object, zone: str) -> Window:
    if not isinstance(days, tuple) or len(days) != 2:
        raise WindowError("Choose the first and the last day.")
    first, last = days
    if not isinstance(first, date) or not isinstance(last, date):
        raise WindowError("Choose the first and the last day.")
    return Window.parse(first.isoformat(), (last + timedelta(days=1)).isoformat(), zone)


@cache
def _zone_names() -> list[str]:
    first = ["UTC", "America/New_York", "America/Los_Angeles", "Europe/London", "Europe/Berlin"]
    return first + sorted(available_timezones() - set(first))


def draw_zone(where: "st.delta_generator.DeltaGenerator", prefix: str, default: str) -> str:
    """An IANA time zone."""
    names = _zone_names()
    index = names.index(default) if default in names else 0
    return str(where.selectbox("Time zone", names, index=index, key=f"{prefix}.{keys.WINDOW_ZONE}"))


def window_or_none(desk: Desk, prefix: str, default: str) -> tuple[Window, str] | None:
    """As `draw_window`; what cannot be is said under the fields."""
    try:
        return draw_window(desk, prefix, default)
    except AmcError as exc:
        st.warning(text.esc_md(str(exc)), icon=":material/date_range:")
        return None
