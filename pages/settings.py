"""Settings."""

import streamlit as st

from amc.ui.page import page

with page("Settings") as desk:
    st.caption(desk.zone)
