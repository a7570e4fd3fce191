"""Query builder."""

import streamlit as st

from amc.ui.page import page

with page("Query builder") as desk:
    st.caption(desk.zone)
