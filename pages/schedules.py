"""Schedules."""

import streamlit as st

from amc.ui.page import page

with page("Schedules") as desk:
    st.caption(desk.zone)
