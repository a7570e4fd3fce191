"""Drafts in the editor: kept as they are typed, restored in a new session, opened from a list."""

from dataclasses import dataclass, field

import streamlit as st

from amc.errors import AmcError
from amc.log import get_logger
from amc.services.drafts import DraftView
from amc.ui import keys
from amc.ui.desk import Desk
from amc.ui.editor.component import DraftMark, claim_of
from amc.ui.text import ago, esc_md

log = get_logger(__name__)

_STATE = f"{keys.SQL_DRAFT}.state"
_SHOWN = 20


@dataclass
class _Open:
    """The draft that this session writes to, and what of it is kept."""

    id: str = ""
    version: int = 0
    sql: str = ""
    values: dict[str, str] = field(default_factory=dict)
    restored: bool = False


def begin_draft(desk: Desk) -> None:
    """In a session that has no text yet: the one that was written last.

    A tab that had a draft of its own says so; that one is continued then.
    """
    state = st.session_state.get(_STATE)
    if state is None:
        found = None if st.session_state.get(keys.SQL_TEXT) else desk.drafts.latest(desk.actor)
        if found is None:
            st.session_state[_STATE] = _Open()
        else:
            _show(found)
            st.session_state[_STATE].restored = True
    claim = claim_of(keys.SQL_TEXT)
    if claim is not None:
        _continue(desk, claim)


def draft_mark() -> DraftMark:
    """What the browser is told of the draft."""
    state: _Open = st.session_state[_STATE]
    return DraftMark(state.id, state.version, state.restored)


def keep_draft(desk: Desk, sql: str) -> None:
    """Keep what is typed, when it is not kept yet; an emptied text begins a new draft."""
    state: _Open = st.session_state[_STATE]
    values: dict[str, str] = st.session_state.get(keys.SQL_VALUES) or {}
    if not sql.strip():
        if state.id:
            st.session_state[_STATE] = _Open()
        return
    if (sql, values) == (state.sql, state.values):
        return
    try:
        kept = desk.drafts.save(
            desk.actor, sql, values, draft_id=state.id, version=state.version
        )  # fmt: skip
    except AmcError as exc:
        log.warning("draft not kept", action="draft.failed", error=exc.to_dict())
        st.warning(
            "The draft could not be kept on the server just now; this tab still has it.",
            icon=":material/cloud_off:",
        )
        return
    state.id, state.version = kept.id, kept.version
    state.sql, state.values = kept.sql, dict(kept.parameters)


def open_text(sql: str, values: dict[str, str] | None = None) -> None:
    """Put a text into the editor as a new draft; what was there stays a draft of its own."""
    _fill(sql, values or {})
    st.session_state[_STATE] = _Open()


def draw_drafts(desk: Desk) -> None:
    """The list of drafts; a click opens one."""
    with st.popover("Drafts", icon=":material/history_edu:", key=keys.SQL_DRAFT):
        found = desk.drafts.all(desk.actor, _SHOWN)
        if not found:
            st.caption("What you write is kept here as you write it.")
            return
        st.caption("Kept as you write; only you see them.")
        present = st.session_state[_STATE].id
        for view in found:
            row = st.container(horizontal=True, vertical_alignment="center")
            title = esc_md(view.title) or "(empty)"
            when = ago(view.updated_at, desk.clock.now())
            row.button(
                f"{title} :gray[· {when}]",
                key=f"{keys.SQL_DRAFT}.open.{view.id}",
                type="tertiary",
                disabled=view.id == present,
                on_click=_show,
                args=(view,),
            )
            row.space("stretch")
            row.button(
                "",
                key=f"{keys.SQL_DRAFT}.remove.{view.id}",
                icon=":material/delete:",
                type="tertiary",
                help="Throw this draft away",
                disabled=view.id == present,
                on_click=desk.drafts.remove,
                args=(desk.actor, view.id),
            )


def _show(view: DraftView) -> None:
    """Open a draft, to be continued."""
    _fill(view.sql, view.parameters)
    st.session_state[_STATE] = _Open(view.id, view.version, view.sql, dict(view.parameters))


def _fill(sql: str, values: dict[str, str]) -> None:
    st.session_state[keys.SQL_TEXT] = sql
    _fill_values(values)


def _fill_values(values: dict[str, str]) -> None:
    st.session_state[keys.SQL_VALUES] = dict(values)
    for name in [str(n) for n in st.session_state]:
        if name.startswith(f"{keys.SQL_PARAMETER}."):
            del st.session_state[name]


def _continue(desk: Desk, claim: DraftMark) -> None:
    """Go on with the draft that the browser's tab had, whichever was restored.

    A text that differs from a newer one is kept beside it.
    """
    state: _Open = st.session_state[_STATE]
    found = desk.drafts.find(desk.actor, claim.id) if claim.id else None
    if found is None:
        st.session_state[_STATE] = _Open()
        _fill_values({})
        return
    same = found.sql == st.session_state.get(keys.SQL_TEXT)
    version = found.version if same else claim.version
    if found.id != state.id:
        _fill_values(found.parameters)
    st.session_state[_STATE] = _Open(found.id, version, found.sql, dict(found.parameters))
