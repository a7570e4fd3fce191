"""Campaigns, products, brands, rules, import, unmapped ids."""

import streamlit as st

from amc.ui import keys
from amc.ui.page import page
from amc.ui.widgets.mappings import draw_campaigns, draw_import, draw_rules, draw_unmapped
from amc.ui.widgets.names import draw_fetching, draw_products

with page("Mappings") as desk:
    draw_fetching(desk)
    parts = {
        "Campaigns": draw_campaigns,
        "Products": draw_products,
        "Without a name": draw_unmapped,
        "Import and export": draw_import,
        "Brand rules": draw_rules,
    }
    tabs = st.tabs(list(parts), key=keys.MAP_TAB, bind="query-params")
    for tab, draw in zip(tabs, parts.values(), strict=True):
        if tab.open:  # the others are not even asked for
            with tab:
                draw(desk)
