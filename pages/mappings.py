"""Campaigns, brands, rules, import, unmapped ids."""

import streamlit as st

from amc.ui.page import page
from amc.ui.widgets.mappings import draw_campaigns, draw_import, draw_rules, draw_unmapped

with page("Mappings") as desk:
    campaigns, unmapped, importing, rules = st.tabs(
        ["Campaigns", "Without a name", "Import and export", "Brand rules"]
    )
    with campaigns:
        draw_campaigns(desk)
    with unmapped:
        draw_unmapped(desk)
    with importing:
        draw_import(desk)
    with rules:
        draw_rules(desk)
