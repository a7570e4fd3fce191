"""The schema explorer: data sources and columns of an instance."""

from typing import Any

import pandas as pd
import streamlit as st

from amc.auth.roles import Role
from amc.services.instances import DataSourceView
from amc.ui import keys, text
from amc.ui.desk import Desk

_NEEDS = {
    "NONE": "shown always",
    "LOW": "2 users",
    "MEDIUM": "100 users",
    "HIGH": "100 users, no literal",
    "VERY_HIGH": "never shown",
    "INTERNAL": "never shown",
}


def draw_schema(desk: Desk) -> None:
    """Choose an instance, search, look at columns."""
    instances = {i.instance_id: i for i in desk.instances.all()}
    if not instances:
        st.info("No instance is known yet: sync first.", icon=":material/info:")
        return
    left, right = st.columns([2, 3])
    chosen = left.selectbox(
        "Instance",
        list(instances),
        key=keys.SCHEMA_INSTANCE,
        bind="query-params",
        format_func=lambda i: f"{instances[i].name} ({i})",
    )
    words = (
        right.text_input(
            "Search",
            key=keys.SCHEMA_TEXT,
            placeholder="table, column or description",
        )
        .strip()
        .lower()
    )
    sources = desk.instances.stored_sources(chosen)
    if sources is None:
        st.info(
            "Nobody has asked Amazon for this instance's data sources yet.", icon=":material/info:"
        )
    if st.button(
        "Ask Amazon",
        icon=":material/sync:",
        key=keys.SCHEMA_REFRESH,
        disabled=not desk.may(Role.ANALYST),
    ):
        desk.instances.refresh_sources(chosen)
        st.rerun()
    if not sources:
        return
    rows = [_column(desk, s, c) for s in sources for c in s.columns]
    if words:
        rows = [r for r in rows if words in f"{r['Table']} {r['Column']} {r['Meaning']}".lower()]
    tables = sorted({s.name for s in sources})
    st.caption(f"{text.count(len(tables), 'data source')}, {text.count(len(rows), 'column')}")
    if not rows:
        st.info("Nothing fits.", icon=":material/filter_alt_off:")
        return
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", height=520)
    closed = [s for s in sources if not s.available]
    if closed:
        names = ", ".join(text.esc_md(s.name) for s in closed)
        st.caption(f"Not to be had on this instance: {names}")


def _column(desk: Desk, source: DataSourceView, column: dict[str, Any]) -> dict[str, Any]:
    known = desk.templates.column(source.name, str(column.get("name", "")))
    threshold = str(column.get("sensitivity") or (known.threshold if known else ""))
    return {
        "Table": source.name,
        "Column": str(column.get("name", "")),
        "Type": str(column.get("dataType", "")),
        "Role": str(column.get("columnType", "")).title(),
        "Threshold": threshold,
        "Needs": _NEEDS.get(threshold, ""),
        "Unit": known.unit if known else "",
        "Meaning": str(column.get("description") or (known.description if known else "")),
    }
