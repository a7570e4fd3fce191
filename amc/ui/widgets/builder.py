"""From a template to a run: gallery, parameters, instances, window."""

import streamlit as st

from amc.templates import Template
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.widgets.parameters import draw_parameters
from amc.ui.widgets.running import draw_run
from amc.ui.widgets.targets import draw_targets, window_or_none


def draw_template_builder(desk: Desk) -> None:
    """The gallery, and the builder of the chosen template."""
    template = _gallery(desk)
    if template is None:
        return
    st.markdown(f"**{text.esc_md(template.question)}**")
    st.caption(text.esc_md(template.description))
    st.subheader("1 · Parameters", anchor=False)
    values = draw_parameters(desk, template, "builder")
    st.subheader("2 · Where and when", anchor=False)
    targets = draw_targets(desk, "builder", template.name)
    chosen = window_or_none(desk, "builder", template.default_window)
    st.caption(text.esc_md(template.fields.window_help))
    st.subheader("3 · What is sent", anchor=False)
    if chosen is not None:
        draw_run(desk, targets, chosen, template=template.name, values=values, title=template.title)


def _gallery(desk: Desk) -> Template | None:
    templates = desk.templates.all()
    for fault in desk.templates.faults():
        st.warning(text.esc_md(fault), icon=":material/report:")
    if not templates:
        st.info("There are no templates.", icon=":material/info:")
        return None
    groups = sorted({t.group for t in templates})
    left, right = st.columns([1, 2])
    group = left.selectbox(
        "Group",
        ["", *groups],
        key=keys.BUILDER_GROUP,
        format_func=lambda g: g.capitalize() or "All groups",
    )
    shown = {t.name: t for t in templates if group in ("", t.group)}
    name = right.selectbox(
        "Template",
        list(shown),
        key=keys.BUILDER_TEMPLATE,
        bind="query-params",
        format_func=lambda n: shown[n].title if n in shown else n,
    )
    return shown.get(name)
