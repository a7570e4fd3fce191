"""Findings of the SQL checker, under the text they are about."""

from collections.abc import Sequence

import streamlit as st

from amc.sql.findings import Finding
from amc.ui import text

_SIGNS = {"error": ("red", ":material/error:"), "warning": ("orange", ":material/warning:"),
          "hint": ("blue", ":material/lightbulb:")}  # fmt: skip


def draw_findings(findings: Sequence[Finding]) -> None:
    """One line a finding: severity, place, sentence."""
    for finding in findings[:50]:
        colour, icon = _SIGNS.get(finding.severity, ("gray", ""))
        st.markdown(
            f":{colour}-badge[{icon} {finding.severity}] line {finding.line}, column "
            f"{finding.column}: {text.esc_md(finding.message)} :gray[{text.esc_md(finding.code)}]"
        )
    if len(findings) > 50:
        st.caption(f"and {len(findings) - 50} more")
