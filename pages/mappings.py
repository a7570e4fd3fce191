"""Mappings."""

import streamlit as st

from amc.ui.page import page

with page("Mappings") as desk:
    st.caption(desk.zone)
