"""The SQL editor with its findings."""

import streamlit as st

from amc.ui import keys
from amc.ui.desk import Desk
from amc.ui.widgets.findings import draw_findings


def draw_editor(desk: Desk) -> str:
    """The editor; gives the text. What is typed survives a change of page."""
    sql = st.text_area(
        "AMC SQL",
        key=keys.SQL_TEXT,
        height=320,
        persist_state="session",
        placeholder="SELECT campaign, SUM(impressions) AS impressions\n"
        "FROM dsp_impressions\nGROUP BY 1",
    )
    if sql.strip():
        draw_findings(desk.templates.check_sql(sql))
    return sql
