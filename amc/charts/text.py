"""Text in charts: everything that comes from data or people is shown literally."""

import re
from typing import Any

import pandas as pd

from amc.results.words import readable

HIDDEN_LABEL = "hidden by AMC"
_LONGEST = 60
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")
# Plotly reads a little HTML, and gives text between dollar signs to MathJax. All of its texts
# decode numeric entities, and none is decoded twice.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;", "\\": "&#92;"}
_SPECIAL = re.compile(r"[&<>$\\]")


def escape_plotly(text: str, *, longest: int | None = _LONGEST) -> str:
    """A text as Plotly shows it letter by letter: no markup, no TeX, no line of its own.

    Args:
        text: anything.
        longest: characters that are shown; the rest becomes an ellipsis. None: all.
    """
    plain = _CONTROL.sub(" ", text)
    if longest is not None and len(plain) > longest:
        plain = plain[: longest - 1].rstrip() + "…"
    return _SPECIAL.sub(lambda match: _ENTITIES[match[0]], plain)


def label_of(value: Any) -> str:
    """A value of a dimension as plain text; blank ones say who blanked them."""
    if value is None or value is pd.NaT or (not isinstance(value, str) and pd.isna(value)):
        return HIDDEN_LABEL
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d" if value == value.normalize() else "%Y-%m-%d %H:%M")
    return readable(str(value))


def humanise(name: str) -> str:
    """A column's name as a label: `ntb_customers` becomes `Ntb customers`."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:] if words else name
