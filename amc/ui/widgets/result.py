"""A stored result on a page: facts, table in pages, chart, downloads."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from amc.results.columns import ResultColumn
from amc.results.view import Page
from amc.results.words import as_written
from amc.results.words import shown as shown_value
from amc.services.views import ExecutionView
from amc.templates import Output
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.page import fragment
from amc.ui.widgets.pager import draw_pager, fetch_page

ROWS = 100
_TALLEST = 560  # pixels
_SHARES = ("_rate", "_share")  # parts of one, read more easily in percent
_PERCENT = "%,.2f%%"  # of a share that is written as 100 times itself
# What a template says of a column's unit → how its numbers are shown.
_BY_UNIT = {"ratio": "%,.2f", "currency": "accounting", "per_user": "%,.2f"}
SAFE = "Texts that a spreadsheet would run as a formula get an apostrophe in front."
_FORMS = (
    ("CSV (safe in spreadsheets)", "csv-safe", ":material/csv:", SAFE),
    ("Excel", "xlsx", ":material/grid_on:", "With names, brands and the manifest"),
    ("Parquet", "parquet", ":material/database:", "With exact types"),
    ("Web page", "html", ":material/html:", "Chart and table in one file"),
    ("Raw CSV (exact bytes)", "csv", ":material/data_object:",
     "For programs. A spreadsheet may run cells of it as formulas."),
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


@fragment()
def draw_table(desk: Desk, execution: ExecutionView) -> None:
    """The rows, in pages, searched and sorted over the whole result."""
    controls = st.container()
    search_key = f"{keys.RESULT_SEARCH}.{execution.id}"
    sort_key = f"{keys.RESULT_SORT}.{execution.id}"
    way_key = f"{keys.RESULT_DOWN}.{execution.id}"
    page_key = f"{keys.RESULT_PAGE}.{execution.id}"
    # The columns to choose from come with the rows: read the choice first, open the file once.
    search = str(st.session_state.get(search_key) or "")
    sort = str(st.session_state.get(sort_key) or "")
    way: Literal["asc", "desc"] = "desc" if st.session_state.get(way_key, True) else "asc"

    def fetch(limit: int, offset: int) -> tuple[tuple[Page, Sequence[ResultColumn]], int]:
        found = desk.results.page(
            execution.id,
            offset=offset,
            limit=limit,
            sort=[(sort, way)] if sort else (),
            search=as_written(search),
        )
        return found, found[0].matching

    (page, columns), matching = fetch_page(page_key, ROWS, fetch)
    outputs = _outputs(desk, execution)
    labels = {
        c.name: outputs[c.name].title if c.name in outputs else c.label or c.name for c in columns
    }
    left, middle, right = controls.columns([3, 2, 2], vertical_alignment="bottom")
    left.text_input(
        "Search", key=search_key, placeholder="in all columns", icon=":material/search:"
    )
    middle.selectbox(
        "Sort by",
        ["", *labels],
        key=sort_key,
        format_func=lambda name: labels.get(name, "Usual order"),
    )
    right.toggle("Largest first", value=True, key=way_key)
    shown = f"{matching:,} of {page.total:,} rows" if search else text.count(page.total, "row")
    st.caption(shown)
    st.dataframe(
        _readable(page.frame, columns, outputs),
        hide_index=True,
        width="stretch",
        height=min(_TALLEST, 38 + 35 * max(1, len(page.frame))),
        placeholder="",
        column_config=_config(columns, outputs),
    )
    draw_pager(page_key, matching, ROWS)


def _readable(
    frame: pd.DataFrame, columns: Sequence[ResultColumn], outputs: Mapping[str, Output]
) -> pd.DataFrame:
    """The page with codes, lists and shares as people read them; the stored values stay."""
    there = [c for c in columns if c.name in frame.columns]
    words = {
        c.name: frame[c.name].map(shown_value, na_action="ignore")
        for c in there
        if c.kind == "text"
    }
    shares = {
        c.name: pd.to_numeric(frame[c.name]).astype("Float64") * 100
        for c in there
        if _is_share(c, outputs.get(c.name))
    }
    return frame.assign(**words, **shares)


def _is_share(column: ResultColumn, told: Output | None) -> bool:
    """A part of a whole: a rate or a share, not a return such as sales by cost."""
    if not column.is_number or (told is not None and told.unit not in ("", "ratio")):
        return False
    return column.name.endswith(_SHARES)


def _outputs(desk: Desk, execution: ExecutionView) -> dict[str, Output]:
    """What the template says of its columns, by name; nothing for SQL by hand."""
    known = {t.name: t for t in desk.templates.all()}
    template = known.get(execution.template)
    return {o.name: o for o in template.output} if template else {}


def _config(
    columns: Sequence[ResultColumn], outputs: Mapping[str, Output]
) -> dict[str, ColumnConfig]:
    config: dict[str, ColumnConfig] = {}
    for column in columns:
        told = outputs.get(column.name)
        label = told.title if told else column.label or column.name
        help_text = text.esc_md(f"{column.name}: {told.description}") if told else None
        if column.is_number:
            form = _BY_UNIT.get(told.unit or "", "localized") if told else "localized"
            if _is_share(column, told):
                form = _PERCENT
            config[column.name] = st.column_config.NumberColumn(label, help=help_text, format=form)
        else:
            config[column.name] = st.column_config.TextColumn(label, help=help_text)
    return config


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
            key=f"{keys.RESULT_CHART}.{execution.id}",
            format_func=lambda i: text.esc_md(titles[i]),
            label_visibility="collapsed",
        )
        index = chosen if chosen is not None else 0
    figure = desk.results.chart(execution.id, recipes[index])
    st.plotly_chart(
        figure, width="stretch", key=f"{keys.RESULT_FIGURE}.{execution.id}.{index}", theme=None
    )


def draw_downloads(execution: ExecutionView) -> None:
    """Links to the authorised download route, in the row that is open."""
    for label, form, icon, help_text in _FORMS:
        st.link_button(label, f"/download/{execution.id}/{form}", icon=icon, help=help_text)
