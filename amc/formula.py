"""Texts that a spreadsheet would run as a formula, made harmless and back.

The guard is an apostrophe in front. It goes on where a text begins like a formula, also after
apostrophes of its own, so that taking one off again always gives the text back.
"""

import re

STARTS = "=+-@\t\r\n|%＝＋－＠｜％"
"""What spreadsheets run or misread when a cell begins with it; full-width forms among them."""

_GUARDED = re.compile(f"'*[{re.escape(STARTS)}]")


def guard(text: str) -> str:
    """The text as a cell that no spreadsheet runs."""
    return f"'{text}" if _GUARDED.match(text) else text


def unguard(text: str) -> str:
    """The text without the guard; an apostrophe that guards nothing stays."""
    return text[1:] if text.startswith("'") and _GUARDED.match(text, 1) else text
