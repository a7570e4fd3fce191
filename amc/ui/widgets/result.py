"""A stored result on a page: facts, table in pages, chart, downloads."""

from typing import Any, Literal

import streamlit as st

from amc.results.filters import Filter
from amc.services.views import ExecutionView
from amc.ui import keys, text
from amc.ui.desk import Desk

ROWS = 100
_FORMS = (
    ("CSV", "csv", ":material/csv:", "The stored values"),
    ("CSV for spreadsheets", "csv-safe", ":material/table_view:",
     "Cells that a spreadsheet would run are made harmless"),
    ("Excel", "xlsx", ":material/grid_on:", "With names, brands and the manifest"),
    ("Parquet", "parquet", ":material/database:", "With exact types"),
    ("Web page", "html", ":material/html:", "Chart and table in one file"),
)  # fmt: skip


def draw_facts(desk: Desk, execution: ExecutionView) -> None:
    """Rows, what AMC hid, and whether figures still move."""
    facts = desk.results.facts(execution.id)
    if facts.maturity == "provisional":
        st.info(
            "Provisional: the data is complete, but conversions for ads near the end of the "
            "window may still come in.",
            icon=":material/update:",
        )
    elif facts.maturity == "incomplete":
        st.warning(
            "Incomplete: the window reaches into the last 48 hours, whose data is still coming.",
            icon=":material/update:",
        )
    if not facts.rows:
        st.warning(
            "The result has no rows. Most likely AMC's privacy thresholds removed all of them: "
            "use fewer dimensions or a longer window.",
            icon=":material/visibility_off:",
        )
    for sentence in suppression_sentences(facts.suppression):
        st.warning(text.esc_md(sentence), icon=":material/visibility_off:")
    for sentence in facts.warnings:
        st.caption(text.esc_md(sentence))


def suppression_sentences(suppression: dict[str, Any]) -> list[str]:
    """What AMC blanked, said in sentences."""
    rows = int(suppression.get("rows", 0) or 0)
    if not rows:
        return []
    shares = suppression.get("shares", {}) or {}
    parts = [f"{share:.1%} of {name}" for name, share in list(shares.items())[:4] if share]
    tail = f": {', '.join(parts)}" if parts else ""
    return [f"AMC blanked the dimensions of {text.count(rows, 'row')} for privacy{tail}."]


@st.fragment
def _table(desk: Desk, execution: ExecutionView) -> None:
    left, middle, right = st.columns([3, 2, 1])
    search = left.text_input(
        "Search", key=keys.RESULT_SEARCH, placeholder="in all columns", icon=":material/search:"
    )
    _, columns = desk.results.page(execution.id, limit=1)
    names = [c.name for c in columns]
    sort = middle.selectbox("Sort by", ["", *names], key=keys.RESULT_SORT)
    way: Literal["asc", "desc"] = (
        "desc" if right.toggle("Falling", value=True, key=keys.RESULT_DOWN) else "asc"
    )
    filters: list[Filter] = []
    number = st.session_state.get(keys.RESULT_PAGE, 1)
    page, columns = desk.results.page(
        execution.id,
        offset=(number - 1) * ROWS,
        limit=ROWS,
        sort=[(sort, way)] if sort else (),
        search=search,
        filters=filters,
    )
    pages = max(1, -(-page.matching // ROWS))
    if number > pages:
        st.session_state[keys.RESULT_PAGE] = 1
        st.rerun(scope="fragment")
    shown = f"{page.matching:,} of {page.total:,} rows" if search else f"{page.total:,} rows"
    st.caption(shown)
    st.dataframe(page.frame, hide_index=True, width="stretch", column_config=_config(columns))
    if pages > 1:
        st.number_input(
            f"Page (of {pages:,})", min_value=1, max_value=pages, key=keys.RESULT_PAGE, width=160
        )


def _config(columns: Any) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for column in columns:
        if column.is_number:
            config[column.name] = st.column_config.NumberColumn(
                column.label or column.name, format="localized"
            )
        else:
            config[column.name] = st.column_config.TextColumn(column.label or column.name)
    return config


def draw_table(desk: Desk, execution: ExecutionView) -> None:
    """The rows, in pages, searched and sorted over the whole result."""
    _table(desk, execution)


def draw_chart(desk: Desk, execution: ExecutionView) -> None:
    """The chart of the template's recipe, or one that the columns suggest."""
    if not execution.rows:
        st.info("Nothing to draw: the result has no rows.", icon=":material/info:")
        return
    recipes = [r for r in desk.results.recipes(execution.id) if r.get("kind") != "table"]
    if not recipes:
        st.info("No chart fits these columns.", icon=":material/info:")
        return
    titles = [str(r.get("title") or r.get("kind")) for r in recipes]
    index = 0
    if len(recipes) > 1:
        chosen = st.segmented_control(
            "Chart",
            range(len(recipes)),
            default=0,
            key=keys.RESULT_CHART,
            format_func=lambda i: text.esc_md(titles[i]),
            label_visibility="collapsed",
        )
        index = chosen if chosen is not None else 0
    figure = desk.results.chart(execution.id, recipes[index])
    st.plotly_chart(figure, width="stretch", key=f"{keys.RESULT_FIGURE}.{index}", theme=None)


def draw_downloads(execution: ExecutionView) -> None:
    """Links to the authorised download route."""
    cells = st.columns(len(_FORMS))
    for cell, (label, form, icon, help_text) in zip(cells, _FORMS, strict=True):
        cell.link_button(
            label, f"/download/{execution.id}/{form}", icon=icon, help=help_text, width="stretch"
        )
