"""The editor's Python side: what goes to the browser and what comes back.

The text lives in session state under the caller's key, as plain text that any page may read or
write. Writing it there is noticed here and sent under a new revision; what the browser sends under
an old revision was typed over a text that is gone, and is left out.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import streamlit as st
from streamlit.components.v2 import component
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.components.v2.types import ComponentRenderer

from amc.sql.findings import Finding

_PROJECT = "amc"
_NAME = f"{_PROJECT}.sql_editor"
_FOLDER = Path(__file__).parent
_CSS = """
.amc-editor { min-height: 322px; }
.amc-label { font-size: 0.875rem; margin-bottom: 0.25rem; color: var(--st-text-color); }
.amc-keys { font-size: 0.8rem; margin-top: 0.25rem; color: var(--st-gray-text-color); }
.amc-label, .amc-keys { font-family: var(--st-font); }
"""
_HTML = """
<div class="amc-label">AMC SQL</div>
<div class="amc-editor"></div>
<div class="amc-keys" id="amc-editor-keys">Ctrl+Enter (⌘ Enter) runs · Ctrl+Space completes ·
F8 goes to the next finding · Esc, then Tab leaves the editor</div>
"""
_MOST_FINDINGS = 200
_lock = Lock()


@dataclass
class _Talk:
    """What this session and its browser have agreed on."""

    session: str
    revision: int
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The text, and whether Ctrl+Enter was pressed just now."""

    text: str
    run: bool


def _renderer() -> ComponentRenderer:
    """The component, made known to the server that runs this script.

    The bundle is registered as a folder of files, as an installed package's would be: the browser
    then loads it by its address, once, and reruns carry the text alone.
    """
    manager = get_bidi_component_manager()
    with _lock:
        if manager.get_component_asset_root(_NAME) is None:
            config = ComponentConfig(name="sql_editor", asset_dir="dist")
            manifest = ComponentManifest(name=_PROJECT, version="1", components=[config])
            manager.register_from_manifest(manifest, _FOLDER)
            _renderers.clear()
        if not _renderers:
            _renderers.append(component(_NAME, html=_HTML, css=_CSS, js="editor.js"))
        return _renderers[0]


_renderers: list[ComponentRenderer] = []
"""The one renderer of the running server, once it is made."""


def current_text(key: str) -> str:
    """The text under `key`; a write from elsewhere since the last run makes a new revision."""
    talk = _talk(key)
    text = str(st.session_state.get(key) or "").replace("\r\n", "\n").replace("\r", "\n")
    if text != talk.text:
        talk.text, talk.revision = text, talk.revision + 1
    st.session_state[key] = text
    return text


def sql_editor(
    key: str, *, findings: Sequence[Finding], words: str, owner: str, placeholder: str
) -> Answer:
    """Draw the editor over the text under `key`.

    Args:
        key: where in session state the text lives.
        findings: about the present text; underlined in it.
        words: from `amc.ui.editor.words.words`.
        owner: whose drafts these are, for the copy that the browser's tab keeps.
        placeholder: shown while there is no text.

    Returns:
        The text and whether to run it.
    """
    text = current_text(key)
    talk = _talk(key)

    def receive() -> None:
        _receive(key)

    answer = _renderer()(
        key=_widget(key),
        data={
            "label": "AMC SQL",
            "text": text,
            "session": talk.session,
            "revision": talk.revision,
            "findings": [finding.to_dict() for finding in findings[:_MOST_FINDINGS]],
            "words": words,
            "owner": owner,
            "placeholder": placeholder,
        },
        on_typed_change=receive,
        on_run_change=lambda: None,
    )
    return Answer(text, run=bool(answer.get("run")))


def _widget(key: str) -> str:
    return f"{key}.editor"


def _talk(key: str) -> _Talk:
    name = f"{key}.talk"
    if name not in st.session_state:
        st.session_state[name] = _Talk(secrets.token_hex(8), 0, "")
    talk: _Talk = st.session_state[name]
    return talk


def _receive(key: str) -> None:
    """Take what the browser sent into session state; runs before the page does."""
    # Not named "value": Streamlit 1.67 takes a lone dict of that name for the whole state.
    value = (st.session_state.get(_widget(key)) or {}).get("typed")
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        return
    talk = _talk(key)
    if value.get("revision") == talk.revision:
        talk.text = st.session_state[key] = value["text"]
