"""Which pages there are, at which addresses."""

from typing import NamedTuple

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from amc.settings import ROOT


class PageEntry(NamedTuple):
    """A page file and how the menu shows it."""

    name: str
    title: str
    icon: str
    help: str


PAGES = (
    PageEntry(
        "fleet",
        "Fleet",
        ":material/monitoring:",
        "What ran, what failed, what is running and what is due.",
    ),
    PageEntry(
        "instances",
        "Instances",
        ":material/dns:",
        "Accounts, instances, sets, and the data sources of each instance.",
    ),
    PageEntry(
        "query_builder",
        "Query builder",
        ":material/edit_note:",
        "Fill a template or write AMC SQL, choose instances and a window, run it.",
    ),
    PageEntry(
        "executions",
        "Executions",
        ":material/play_circle:",
        "Every run, live; one run with its result, chart and downloads.",
    ),
    PageEntry(
        "schedules",
        "Schedules",
        ":material/calendar_clock:",
        "CRON reports: next slots with their windows, history, pause.",
    ),
    PageEntry(
        "mappings",
        "Mappings",
        ":material/label:",
        "Names, brands and tags of campaigns; import and export.",
    ),
    PageEntry(
        "settings",
        "Settings",
        ":material/settings:",
        "Your password; for administrators connections, users and the audit trail.",
    ),
)
START, ACCOUNT = PAGES[0], PAGES[-1]


def page_of(entry: PageEntry) -> StreamlitPage:
    """The page as Streamlit knows it.

    Without its icon: Streamlit would fetch that from a font server as the tab's icon.
    """
    return st.Page(
        ROOT / "pages" / f"{entry.name}.py",
        title=entry.title,
        url_path=entry.name,
        default=entry is START,
        help=entry.help,
    )


def navigate() -> StreamlitPage:
    """The page that the address names.

    All pages are always known, so that an address survives the sign-in; the menu is ours.
    """
    return st.navigation([page_of(entry) for entry in PAGES], position="hidden")


def draw_menu() -> None:
    """The pages, in the sidebar."""
    with st.container(gap="xsmall", key="menu"):
        for entry in PAGES:
            st.page_link(page_of(entry), label=entry.title, icon=entry.icon, width="stretch")
