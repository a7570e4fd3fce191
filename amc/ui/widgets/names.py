"""Fetching names from Amazon, how far it is; and the products."""

import pandas as pd
import streamlit as st

from amc.auth.roles import Role
from amc.services.names import NamesProgress
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.page import fragment
from amc.ui.widgets.pager import draw_pager, fetch_page

PAGE = 50
_EVERY_S = 2.0


def draw_fetching(desk: Desk) -> None:
    """The button, and how far the last fetching is; renewed by itself while it runs."""
    found = desk.names.progress()
    row = st.container(horizontal=True, vertical_alignment="center")
    clicked = row.button(
        "Fetch names from Amazon",
        icon=":material/cloud_download:",
        key=keys.NAMES_FETCH,
        disabled=not desk.may(Role.ANALYST) or desk.user.grants.limited or found.running,
        help="Names of all campaigns and products that the logins see. What people wrote stays.",
    )
    if clicked:
        desk.names.request(desk.actor)
        st.rerun()
    if found.running:
        _running(desk)
    else:
        row.caption(_last(desk, found))
    _problems(found)


def _last(desk: Desk, found: NamesProgress) -> str:
    if found.requested_at is None:
        return "Never fetched."
    return f"Last {text.instant(found.requested_at, desk.zone)}: {found.words}"


@fragment(run_every=_EVERY_S)
def _running(desk: Desk) -> None:
    found = desk.names.progress()
    if not found.running:
        st.rerun()
    st.progress(found.share, found.words)
    if not desk.health.scheduler_alive():
        st.caption("It waits: the scheduler is not running.")


def _problems(found: NamesProgress) -> None:
    if not found.problems:
        return
    noun = text.count(len(found.problems), "list")
    with st.expander(f"{noun} could not be read; fetch again to retry", icon=":material/warning:"):
        st.dataframe(
            pd.DataFrame(
                [
                    {"List": p.what, "Of": p.label, "Profile": p.profile_id, "Why": p.reason}
                    for p in found.problems
                ]
            ),
            hide_index=True,
            width="stretch",
        )


def draw_products(desk: Desk) -> None:
    """ASINs with their titles and brands."""
    words = st.text_input(
        "Search", key=keys.ASIN_TEXT, placeholder="title, brand or ASIN", bind="query-params"
    ).strip()
    rows, total = fetch_page(
        keys.ASIN_PAGE,
        PAGE,
        lambda limit, offset: desk.mappings.asins(text=words, limit=limit, offset=offset),
    )
    if not total:
        st.info(
            "No product fits this search."
            if words
            else "No product has a name yet. Fetch the names from Amazon.",
            icon=":material/info:",
        )
        return
    st.caption(f"{text.count(total, 'product')}.")
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "ASIN": r.asin,
                    "Title": r.title,
                    "Brand": r.brand,
                    "Category": r.category,
                    "From": SOURCES.get(r.source, r.source),
                }
                for r in rows
            ]
        ),
        hide_index=True,
        width="stretch",
    )
    draw_pager(keys.ASIN_PAGE, total, PAGE)


SOURCES = {"amazon": "Amazon", "manual": "by hand", "import": "a file", "result": "a result"}
