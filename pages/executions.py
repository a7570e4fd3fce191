"""All runs, live; one run from its timeline to its result."""

import streamlit as st

from amc.ui import keys
from amc.ui.page import fragment, page
from amc.ui.widgets.execution_list import draw_filters, draw_list
from amc.ui.widgets.executions import draw_execution
from amc.ui.widgets.live import refresh_while_live

with page("Executions") as desk:
    chosen = st.query_params.get("execution", "")
    if chosen:
        if st.button("All executions", icon=":material/arrow_back:", key=keys.BACK):
            del st.query_params["execution"]
            st.rerun()
        draw_execution(desk, chosen)
        refresh_while_live(desk, chosen)
    else:
        wanted = draw_filters(desk)

        @fragment(run_every=3.0)
        def live_list() -> None:
            """The list, read anew every few seconds."""
            draw_list(desk, wanted)

        live_list()
