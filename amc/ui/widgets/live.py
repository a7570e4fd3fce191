"""Looking again while something is on its way, without redrawing what did not change."""

import streamlit as st

from amc.ui.desk import Desk
from amc.ui.page import fragment

_EVERY_S = 2.0


def refresh_while_live(desk: Desk, execution_id: str) -> None:
    """Draw the page again when the execution changes its state; stop when it has ended."""
    shown = desk.executions.get(execution_id)
    if shown.is_final:
        return

    @fragment(run_every=_EVERY_S)
    def watch() -> None:
        now = desk.executions.get(execution_id)
        before = (shown.status, shown.amc_status, shown.cancelling, shown.stalled)
        if before != (now.status, now.amc_status, now.cancelling, now.stalled):
            st.rerun()
        st.caption("This page follows the run by itself.")

    watch()
