"""Accounts, instances, sets, brands, data sources."""

import streamlit as st

from amc.ui import keys
from amc.ui.page import page
from amc.ui.widgets.capability import draw_capabilities
from amc.ui.widgets.instances import draw_instances, draw_sets, draw_sync
from amc.ui.widgets.schema import draw_schema

with page("Instances") as desk:
    draw_sync(desk)
    parts = {
        "Instances": draw_instances,
        "What runs where": draw_capabilities,
        "Schema explorer": draw_schema,
        "Sets": draw_sets,
    }
    tabs = st.tabs(list(parts), key=keys.INSTANCES_TAB, bind="query-params")
    for tab, draw in zip(tabs, parts.values(), strict=True):
        if tab.open:  # the others are not even asked for
            with tab:
                draw(desk)
