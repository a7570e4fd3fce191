"""Accounts, instances, sets, brands, data sources."""

import streamlit as st

from amc.ui.page import page
from amc.ui.widgets.instances import draw_instances, draw_sets, draw_sync
from amc.ui.widgets.schema import draw_schema

with page("Instances") as desk:
    draw_sync(desk)
    listing, schema, sets = st.tabs(["Instances", "Schema explorer", "Sets"])
    with listing:
        draw_instances(desk)
    with schema:
        draw_schema(desk)
    with sets:
        draw_sets(desk)
