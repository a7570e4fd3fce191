"""A form made from the parameters of SQL by hand: typed by their use, checked field by field."""

import datetime as dt
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import streamlit as st

from amc.errors import ParameterError
from amc.services.parameter_fields import ParameterField
from amc.sql.errors import SqlPlaceError
from amc.ui import keys
from amc.ui.desk import Desk
from amc.ui.text import esc_md

_FIELDS = f"{keys.SQL_PARAMETER}.fields"
_MOST_SHOWN = 3
_PLAIN = re.compile(r"[A-Za-z0-9]+(_[A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Filled:
    """What the form gives: values by name, and why they are not enough (empty when they are)."""

    values: dict[str, Any]
    problem: str = ""


def draw_sql_parameters(desk: Desk, sql: str) -> Filled:
    """One field a parameter, in the order of the text.

    While a text cannot be read, the fields of the last one that could stay: nothing typed is lost.
    """
    with suppress(SqlPlaceError):  # while it cannot be read, the fields of the last text stay
        st.session_state[_FIELDS] = desk.templates.parameter_fields(sql)
    fields: list[ParameterField] = st.session_state.get(_FIELDS) or []
    if not fields:
        return Filled({})
    st.markdown("**Parameters of the query**")
    values: dict[str, Any] = {}
    wrong, absent = "", []
    for start in range(0, len(fields), 3):
        cells = st.columns(3)
        for cell, field in zip(cells, fields[start : start + 3], strict=False):
            with cell:
                try:
                    value = desk.templates.field_value(field, _draw(field))
                except ParameterError as exc:
                    wrong = wrong or str(exc)
                    st.markdown(f":red[:material/error: {esc_md(exc)}]")
                    continue
                if value is None:
                    absent.append(field.name)
                else:
                    values[field.name] = value
    if not wrong and absent:
        more = f" and {len(absent) - _MOST_SHOWN} more" if len(absent) > _MOST_SHOWN else ""
        wrong = f"give a value to {', '.join(absent[:_MOST_SHOWN])}{more}."
    return Filled(values, wrong)


def _draw(field: ParameterField) -> Any:
    """The field; gives what was typed, as text."""
    store: dict[str, str] = st.session_state.setdefault(keys.SQL_VALUES, {})
    kept = store.get(field.name, "")
    # A plain name is no Markdown, and reads well to who hears the label.
    name = field.name if _PLAIN.fullmatch(field.name) else esc_md(field.name)
    label = f"{name} ({field.words})"
    raw = _widget(field, label, kept)
    if raw:
        store[field.name] = raw
    else:
        store.pop(field.name, None)
    return raw


def _widget(field: ParameterField, label: str, kept: str) -> str:
    key = f"{keys.SQL_PARAMETER}.{'list' if field.is_list else field.data_type}.{field.name}"
    about = _help(field)
    if field.is_list:
        _begin(key, kept)
        return st.text_area(
            label, key=key, help=about, height=90,
            placeholder="one a line, or separated by commas",
        )  # fmt: skip
    if field.data_type == "BOOLEAN":
        _begin(key, kept if kept in ("true", "false") else "")
        return st.selectbox(label, ["", "true", "false"], key=key, help=about)
    if field.data_type == "DATE" and field.certain:
        _begin(key, _day(kept))
        chosen = st.date_input(
            label, value=None, key=key, help=about, min_value=dt.date(1970, 1, 1),
            max_value=dt.date(2100, 1, 1), format="YYYY-MM-DD",
        )  # fmt: skip
        return chosen.isoformat() if isinstance(chosen, dt.date) else ""
    _begin(key, kept)
    hint = "2026-11-02 09:30:00" if field.data_type == "TIMESTAMP" else ""
    return st.text_input(label, key=key, help=about, placeholder=hint, disabled=field.is_name)


def _begin(key: str, value: Any) -> None:
    """What the field shows when it comes (back): drawn elsewhere, or restored from a draft."""
    if key not in st.session_state:
        st.session_state[key] = value


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _help(field: ParameterField) -> str:
    how = "Written into the text." if field.bound else "Sent to AMC beside the text."
    uses = "; ".join(field.uses)
    many = ' A list: one value a line, or with commas in one line, or JSON: ["one", "two"].'
    return esc_md(f"{uses[:1].upper()}{uses[1:]}. {how}{many if field.is_list else ''}")
