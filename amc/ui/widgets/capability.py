"""Which template runs on which instance, and why not elsewhere."""

from typing import Any, cast

import pandas as pd
import streamlit as st

from amc.services.capabilities import Capability, CapabilityMatrix
from amc.ui import keys, text
from amc.ui.desk import Desk

WORDS = {
    "runs": "✓ Runs",
    "in_part": "◐ In part",
    "cannot": "✕ Cannot",
    "unknown": "？ Not asked",
}
_SHOWN = {"": "All instances", "cannot": "Some template cannot run", "runs": "Everything runs"}


def draw_capabilities(desk: Desk) -> None:
    """The matrix, and the reasons of the instance that is chosen in it."""
    matrix = desk.capabilities.matrix()
    if not matrix.instances:
        st.info("No instance is known yet: sync first.", icon=":material/info:")
        return
    if not matrix.templates:
        st.info("There are no templates.", icon=":material/info:")
        return
    left, right = st.columns([3, 2])
    words = left.text_input(
        "Search", key=keys.CAPABILITY_TEXT, placeholder="name, id or brand of an instance"
    )
    shown = right.selectbox(
        "Show", list(_SHOWN), key=keys.CAPABILITY_SHOWN, format_func=lambda s: _SHOWN[s]
    )
    rows = [
        k.view.instance_id
        for k in matrix.instances
        if words.strip().lower() in f"{k.view.name} {k.view.instance_id} {k.view.brand}".lower()
        and _is_shown(matrix, k.view.instance_id, shown)
    ]
    if not rows:
        st.info("No instance fits these filters.", icon=":material/filter_alt_off:")
        return
    st.caption(f"{text.count(len(rows), 'instance')}. Choose one to read the reasons.")
    _summary(matrix)
    chosen = st.dataframe(
        _frame(matrix, rows),
        hide_index=True,
        width="stretch",
        height=min(460, 38 + 35 * len(rows)),
        key=keys.CAPABILITY_TABLE,
        on_select="rerun",
        selection_mode="single-row",
        column_config={"Instance": st.column_config.TextColumn(pinned=True)},
    )
    picked = cast("Any", chosen).selection.rows
    if picked and picked[0] < len(rows):
        draw_reasons(matrix, rows[picked[0]])


def _is_shown(matrix: CapabilityMatrix, instance_id: str, shown: str) -> bool:
    abilities = {matrix.of(instance_id, t.name).ability for t in matrix.templates}
    if shown == "cannot":
        return "cannot" in abilities
    return not shown or abilities <= {"runs", "in_part"}


def _summary(matrix: CapabilityMatrix) -> None:
    """On how many instances each template runs, of those in use."""
    with st.expander("On how many instances each template runs"):
        st.dataframe(
            pd.DataFrame(
                [
                    {"Template": t.title}
                    | {
                        word: sum(
                            matrix.of(k.view.instance_id, t.name).ability == ability
                            for k in matrix.instances
                        )
                        for ability, word in WORDS.items()
                    }
                    for t in matrix.templates
                ]
            ),
            hide_index=True,
            width="stretch",
        )


def _frame(matrix: CapabilityMatrix, rows: list[str]) -> pd.DataFrame:
    names = {k.view.instance_id: k.view.name for k in matrix.instances}
    return pd.DataFrame(
        [
            {"Instance": names[i], "Id": i}
            | {t.title: WORDS[matrix.of(i, t.name).ability] for t in matrix.templates}
            for i in rows
        ]
    )


def draw_reasons(matrix: CapabilityMatrix, instance_id: str) -> None:
    """Every template on one instance, with the reason where it does not simply run."""
    names = {k.view.instance_id: k.view.name for k in matrix.instances}
    st.markdown(f"**{text.esc_md(names[instance_id])}** ({text.esc_md(instance_id)})")
    st.dataframe(
        pd.DataFrame(
            [
                {"Template": t.title, "Here": WORDS[found.ability], "Why": found.reason or "–"}
                for t in matrix.templates
                for found in (matrix.of(instance_id, t.name),)
            ]
        ),
        hide_index=True,
        width="stretch",
    )


def draw_unfit(cells: list[Capability], names: dict[str, str]) -> None:
    """Which instances cannot run a template, and why, folded away."""
    if not cells:
        return
    noun = text.count(len(cells), "instance")
    with st.expander(f"{noun} cannot run this template", icon=":material/block:"):
        st.dataframe(
            pd.DataFrame(
                [
                    {
                        "Instance": names.get(c.instance_id, c.instance_id),
                        "Why": c.reason[:1].upper() + c.reason[1:],
                    }
                    for c in cells
                ]
            ),
            hide_index=True,
            width="stretch",
        )
