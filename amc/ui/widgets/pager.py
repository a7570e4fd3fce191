"""Long lists in pages."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

_T = TypeVar("_T")


def fetch_page(key: str, size: int, fetch: Callable[[int, int], tuple[_T, int]]) -> tuple[_T, int]:
    """The page that is chosen under `key`; the last one when a filter left fewer pages.

    Args:
        key: of the field that `draw_pager` draws.
        size: rows on a page.
        fetch: gives rows and the number of all, for a limit and an offset.
    """
    number = int(st.session_state.get(key, 1) or 1)
    rows, total = fetch(size, (number - 1) * size)
    last = max(1, -(-total // size))
    if number > last:
        st.session_state[key] = last
        rows, total = fetch(size, (last - 1) * size)
    return rows, total


def draw_pager(key: str, total: int, size: int) -> None:
    """The field that chooses a page; nothing when one page holds everything."""
    pages = -(-total // size)
    if pages > 1:
        st.number_input(
            f"Page (of {pages:,})", min_value=1, max_value=pages, step=1, key=key, width=160
        )
