"""A form made from a template's parameters."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import streamlit as st

from amc.errors import ParameterError
from amc.templates import Parameter, Template
from amc.ui import text
from amc.ui.desk import Desk


def draw_parameters(
    desk: Desk, template: Template, prefix: str, *, given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """One field a parameter; gives the values as the template takes them.

    What cannot be a value of a field is said under it.

    Args:
        desk: the services.
        template: what is asked for.
        prefix: of the keys of the fields.
        given: values that the fields begin with, in place of the template's defaults.
    """
    begun = [
        p.model_copy(update={"default": given[p.name]}) if given and p.name in given else p
        for p in template.parameters
    ]
    values: dict[str, Any] = {}
    plain = [p for p in begun if not p.advanced]
    advanced = [p for p in begun if p.advanced]
    _draw(desk, template, plain, prefix, values)
    if advanced:
        with st.expander("More settings"):
            _draw(desk, template, advanced, prefix, values)
    return values


def _draw(
    desk: Desk,
    template: Template,
    parameters: list[Parameter],
    prefix: str,
    values: dict[str, Any],
) -> None:
    for start in range(0, len(parameters), 3):
        cells = st.columns(3)
        for cell, parameter in zip(cells, parameters[start : start + 3], strict=False):
            with cell:
                value = _field(parameter, f"{prefix}.{template.name}.{parameter.name}")
                if value in (None, ""):
                    continue
                values[parameter.name] = value
                try:
                    desk.templates.check_value(template.name, parameter.name, value)
                except ParameterError as exc:
                    st.markdown(f":red[:material/error: {text.esc_md(exc)}]")


def _field(parameter: Parameter, key: str) -> Any:
    label = text.esc_md(parameter.label) + (" *" if parameter.required else "")
    help_text = text.esc_md(parameter.help)
    default = parameter.default
    if parameter.choices:
        titles = {c.value: c.label for c in parameter.choices}
        options = list(titles)
        index = options.index(default) if default in options else None
        return st.selectbox(
            label,
            options,
            index=index,
            key=key,
            help=help_text,
            format_func=lambda v: titles.get(v, v),
        )
    if parameter.type == "boolean":
        return st.toggle(label, value=bool(default), key=key, help=help_text)
    if parameter.type == "integer":
        return st.number_input(
            label,
            value=int(default) if default is not None else None,
            step=1,
            key=key,
            min_value=_whole(parameter.min),
            max_value=_whole(parameter.max),
            help=help_text,
        )
    if parameter.type == "decimal":
        return st.text_input(label, value=str(default or ""), key=key, help=help_text)
    if parameter.type == "date":
        first = dt.date.fromisoformat(str(default)) if default else None
        chosen = st.date_input(label, value=first, key=key, help=help_text)
        return chosen.isoformat() if isinstance(chosen, dt.date) else None
    if parameter.is_list:
        return _list(parameter, label, key, help_text)
    return st.text_input(label, value=str(default or ""), key=key, help=help_text)


def _list(parameter: Parameter, label: str, key: str, help_text: str) -> list[str] | None:
    raw = st.text_area(
        label,
        key=key,
        help=help_text,
        height=90,
        placeholder="one a line, or separated by commas",
        value="\n".join(str(v) for v in parameter.default or []),
    )
    items = [part.strip() for line in raw.splitlines() for part in line.split(",")]
    return [item for item in items if item] or None


def _whole(value: Any) -> int | None:
    return int(value) if value is not None else None
