"""Templates, parameters, SQL by hand, findings, preview, run."""

import streamlit as st

from amc.ui import keys
from amc.ui.page import page
from amc.ui.widgets.builder import draw_template_builder
from amc.ui.widgets.sql_builder import draw_sql_builder

with page("Query builder") as desk:
    mode = st.segmented_control(
        "Mode",
        ["Template", "SQL"],
        default="Template",
        key=keys.BUILDER_MODE,
        label_visibility="collapsed",
        bind="query-params",
    )
    if mode == "SQL":
        draw_sql_builder(desk)
    else:
        draw_template_builder(desk)
