"""What goes wrong if nobody does anything: schedules that will fail."""

from itertools import groupby

import streamlit as st

from amc.services.schedules import AtRisk
from amc.ui import text
from amc.ui.desk import Desk
from amc.ui.navigation import PAGES, page_of

HOURS = 24
_SHOWN = 8


def draw_outlook(desk: Desk) -> None:
    """The schedules of the next day that will fail, each with the one thing to do."""
    risks = desk.schedules.at_risk(HOURS)
    if not risks:
        return
    names = list(dict.fromkeys(r.schedule_id for r in risks))
    number = text.count(len(names), "schedule")
    with st.expander(
        f"{number} will fail in the next {HOURS} hours if nothing is done",
        icon=":material/event_busy:",
    ):
        shown = groupby(risks, key=lambda r: r.schedule_id)
        for index, (_, group) in enumerate(shown):
            if index == _SHOWN:
                st.caption(f"and {text.count(len(names) - _SHOWN, 'more', 'more')}")
                break
            st.markdown(_lines(list(group), desk.zone))
        entry = next(p for p in PAGES if p.name == "schedules")
        st.page_link(page_of(entry), label="To the schedules", icon=entry.icon)


def _lines(risks: list[AtRisk], zone: str) -> str:
    first = risks[0]
    when = f", due {text.instant(first.slot_at, zone)}" if first.slot_at else ", set aside"
    lines = [f"**{text.esc_md(first.name)}**{when}"]
    for risk in risks:
        where = f"{text.count(risk.instances, 'instance')}: " if risk.instances else ""
        reason = risk.reason[:1].upper() + risk.reason[1:]
        reason = reason if reason.endswith((".", "!", "?")) else f"{reason}."
        lines.append(f"- {where}{text.esc_md(reason)} {text.esc_md(risk.to_do)}")
    return "\n".join(lines)
