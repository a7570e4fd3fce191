"""One-line messages that a route leaves in the address for the page it sends the browser to."""

import re

import streamlit as st

from amc.ui import keys
from amc.ui.text import NOTICES

_REFERENCE = re.compile(r"[0-9a-f]{8}")


def show_notice() -> None:
    """Show the notice of the address, if it names one that we know, once."""
    notice = NOTICES.get(st.query_params.get(keys.NOTICE, ""))
    reference = st.query_params.get(keys.REFERENCE, "")
    for key in (keys.NOTICE, keys.REFERENCE):
        st.query_params.pop(key, None)
    if notice is None:
        return
    box = {"success": st.success, "warning": st.warning, "error": st.error}[notice.kind]
    known = bool(_REFERENCE.fullmatch(reference))
    box(f"{notice.sentence} Reference {reference}." if known else notice.sentence)
