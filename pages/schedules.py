"""CRON reports: next slots with their windows, history, pause, run now."""

import streamlit as st

from amc.ui import keys
from amc.ui.page import page
from amc.ui.widgets.schedule_form import draw_edit, draw_new
from amc.ui.widgets.schedules import draw_list, draw_schedule

with page("Schedules") as desk:
    chosen = st.query_params.get("schedule", "")
    if st.query_params.get("new") or chosen:
        if st.button("All schedules", icon=":material/arrow_back:", key=keys.SCHEDULE_BACK):
            st.session_state.pop(keys.SCHEDULE_DRAFT, None)
            st.query_params.clear()
            st.rerun()
        if chosen and st.query_params.get("edit"):
            draw_edit(desk, chosen)
        elif chosen:
            draw_schedule(desk, chosen)
        else:
            draw_new(desk)
    else:
        draw_list(desk)
