"""Saved queries: opened in any of their versions, and the text in the editor saved under a name."""

import streamlit as st

from amc.auth.roles import Role
from amc.errors import AmcError
from amc.services.library import SavedQuery, SavedText
from amc.ui import keys
from amc.ui.desk import Desk
from amc.ui.text import ago, esc_md, instant
from amc.ui.widgets.drafts import open_text

_PICK = f"{keys.SQL_SAVED}.pick"
_VERSION = f"{keys.SQL_SAVED}.version"
_NAME = f"{keys.SQL_SAVE}.name"
_SAID = f"{keys.SQL_SAVE}.said"


def draw_saved(desk: Desk) -> None:
    """The saved queries of everybody."""
    with st.popover("Saved", icon=":material/bookmarks:", key=keys.SQL_SAVED):
        found = {q.id: q for q in desk.library.all()}
        if not found:
            st.caption("None yet. Save the text in the editor under a name: everybody sees it.")
            return
        picked = st.selectbox(
            "Query", list(found), key=_PICK, format_func=lambda i: _query_words(desk, found.get(i)),
        )  # fmt: skip
        if picked not in found:
            return
        versions = {v.version: v for v in desk.library.versions(picked)}
        number = st.selectbox(
            "Version", list(versions), key=f"{_VERSION}.{picked}",
            format_func=lambda n: _version_words(desk, versions.get(n)),
        )  # fmt: skip
        chosen = versions.get(number)
        if chosen is None:
            return
        st.code(chosen.sql, language="sql", height=220)
        row = st.container(horizontal=True)
        row.button(
            "Open in the editor", key=f"{keys.SQL_SAVED}.open", type="primary",
            icon=":material/edit_note:", on_click=_open, args=(found[picked].name, chosen),
        )  # fmt: skip
        row.button(
            "Archive", key=f"{keys.SQL_SAVED}.archive", icon=":material/archive:",
            disabled=not desk.may(Role.ANALYST), on_click=_archive, args=(desk, picked),
            help="Out of this list; saving under its name brings it back with its versions.",
        )  # fmt: skip


def _query_words(desk: Desk, query: SavedQuery | None) -> str:
    if query is None:
        return ""
    return f"{query.name} · version {query.version}, {ago(query.saved_at, desk.clock.now())}"


def _version_words(desk: Desk, text: SavedText | None) -> str:
    if text is None:
        return ""
    return f"{text.version} · {instant(text.saved_at, desk.zone)} by {text.saved_by or 'nobody'}"


def _open(name: str, text: SavedText) -> None:
    open_text(text.sql, text.parameters)
    st.session_state[_NAME] = name


def _archive(desk: Desk, query_id: str) -> None:
    desk.library.archive(desk.actor, query_id)


def draw_save(desk: Desk) -> None:
    """Save the text in the editor under a name."""
    with st.popover(
        "Save", icon=":material/bookmark_add:", key=keys.SQL_SAVE,
        disabled=not desk.may(Role.ANALYST),
    ):  # fmt: skip
        st.text_input(
            "Name", key=_NAME, max_chars=200,
            help="The name of a saved query makes its next version.",
        )  # fmt: skip
        st.button(
            "Save for everybody", key=f"{keys.SQL_SAVE}.do", type="primary",
            icon=":material/save:", on_click=_save, args=(desk,),
        )  # fmt: skip
        kind, said = st.session_state.pop(_SAID, ("", ""))
        if kind == "error":
            st.error(esc_md(said))
        elif said:
            st.success(esc_md(said))


def _save(desk: Desk) -> None:
    name = str(st.session_state.get(_NAME) or "")
    sql = str(st.session_state.get(keys.SQL_TEXT) or "")
    try:
        kept = desk.library.save(
            desk.actor, name, sql, st.session_state.get(keys.SQL_VALUES) or {}
        )  # fmt: skip
    except AmcError as exc:
        st.session_state[_SAID] = ("error", str(exc))
    else:
        st.session_state[_SAID] = ("success", f"Saved as {kept.name}, version {kept.version}.")
