"""The editor's Python side: what goes to the browser and what comes back.

The text lives in session state under the caller's key, as plain text that any page may read or
write. Writing it there is noticed here and sent under a new revision; what the browser sends under
an old revision was typed over a text that is gone, and is left out.
"""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

import streamlit as st
from streamlit.components.v2 import component
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.components.v2.types import ComponentRenderer

from amc.sql.explain import ParameterUse
from amc.sql.findings import Finding
from amc.ui.editor.remarks import rules_of
from amc.ui.editor.schema import SchemaText

_PROJECT = "amc"
_NAME = f"{_PROJECT}.sql_editor"
_FOLDER = Path(__file__).parent
_HTML = '<div class="amc-desk"></div>'
_MOST_FINDINGS = 200
_lock = Lock()


@dataclass
class _Talk:
    """What this session and its browser have agreed on."""

    session: str
    revision: int
    text: str
    refusals: int = 0
    schema: str = ""
    """The hash of the schema that the browser has."""
    claim: "DraftMark | None" = None
    claimed: bool = False
    """What the tab said first of the draft that it goes on with, and whether that was heard."""


@dataclass(frozen=True, slots=True)
class DraftMark:
    """Which draft the text belongs to.

    Attributes:
        id: public; empty for a text that is not kept yet.
        version: the last that was seen.
        restored: whether the text is only remembered, and a tab that has its own goes on with that.
    """

    id: str
    version: int
    restored: bool = False


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
            _renderers.append(component(_NAME, html=_HTML, css="editor.css", js="editor.js"))
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


def run_asked(key: str) -> bool:
    """Whether Ctrl+Enter asked for this run of the page; true once."""
    return bool(st.session_state.pop(f"{key}.run", False))


def claim_of(key: str) -> DraftMark | None:
    """The draft that the browser's tab goes on with instead of the restored one; told once."""
    talk = _talk(key)
    claim = None if talk.claimed else talk.claim
    talk.claimed = talk.claim is not None
    return claim


def sql_editor(
    key: str,
    *,
    findings: Sequence[Finding],
    schema: SchemaText,
    parameters: Sequence[ParameterUse] = (),
    owner: str,
    draft: DraftMark,
    placeholder: str,
    refused: bool = False,
) -> None:
    """Draw the editor over the text under `key`, with its findings below it.

    Args:
        key: where in session state the text lives.
        findings: about the present text; underlined in it and listed.
        schema: from `amc.ui.editor.schema`; its text travels until the browser has it.
        parameters: what is known of those in the text.
        owner: whose drafts these are, for the copy that the browser's tab keeps.
        draft: which draft the text belongs to.
        placeholder: shown while there is no text.
        refused: whether a run was asked for and the findings stand against it; the editor then
            leads to the first error.
    """
    text = current_text(key)
    talk = _talk(key)
    talk.refusals += refused
    shown = findings[:_MOST_FINDINGS]

    def receive() -> None:
        _receive(key, "typed")

    def run() -> None:
        _receive(key, "run")
        st.session_state[f"{key}.run"] = True

    def forget() -> None:
        talk.schema = ""

    _renderer()(
        key=_widget(key),
        data={
            "label": "AMC SQL",
            "text": text,
            "session": talk.session,
            "revision": talk.revision,
            "findings": [finding.to_dict() for finding in shown],
            "more": len(findings) - len(shown),
            "rules": rules_of(shown),
            "refusals": talk.refusals,
            "schema": {
                "hash": schema.hash,
                "text": None if talk.schema == schema.hash else schema.text,
            },
            "parameters": [asdict(parameter) for parameter in parameters],
            "owner": owner,
            "draft": asdict(draft),
            "placeholder": placeholder,
        },
        on_typed_change=receive,
        on_run_change=run,
        on_forgot_change=forget,
    )


def _widget(key: str) -> str:
    return f"{key}.editor"


def _talk(key: str) -> _Talk:
    name = f"{key}.talk"
    if name not in st.session_state:
        st.session_state[name] = _Talk(secrets.token_hex(8), 0, "")
    talk: _Talk = st.session_state[name]
    return talk


def _receive(key: str, name: str) -> None:
    """Take what the browser sent under a name into session state; runs before the page does."""
    # Not named "value": Streamlit 1.67 takes a lone dict of that name for the whole state.
    value = (st.session_state.get(_widget(key)) or {}).get(name)
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        return
    talk = _talk(key)
    talk.schema = str(value.get("schema") or "")
    claim = value.get("claim")
    if talk.claim is None and isinstance(claim, dict):
        version = claim.get("version")
        talk.claim = DraftMark(
            str(claim.get("id") or ""), version if isinstance(version, int) else 0
        )
    if value.get("revision") == talk.revision:
        talk.text = st.session_state[key] = value["text"]
