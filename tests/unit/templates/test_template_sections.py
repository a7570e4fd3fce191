"""Sections of SQL: the author's lines stay or go, never change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amc.templates.sections import SectionError, choose, read_sections

TEXT = "a\r\n  --: when x is 1 or 2\r\nb\n--: end\n--: when y is z\nc\n  --:   end  \nd"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"x": "1", "y": "z"}, "a\r\nb\nc\nd"),
        ({"x": "2", "y": "?"}, "a\r\nb\nd"),
        ({"x": "3", "y": "z"}, "a\r\nc\nd"),
        ({}, "a\r\nd"),
    ],
)
def test_sections_stay_for_their_choices(values: dict[str, str], expected: str) -> None:
    assert choose(TEXT, values) == expected


def test_the_line_of_a_section_is_known() -> None:
    sections = [section for section, _ in read_sections(TEXT) if section]
    assert [(s.parameter, s.choices, s.line) for s in sections] == [
        ("x", ("1", "2"), 2),
        ("y", ("z",), 5),
    ]


@given(st.text())
def test_a_text_without_marks_is_kept_byte_for_byte(text: str) -> None:
    text = text.replace("--:", "")
    assert choose(text, {}) == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("--: end", 1),
        ("a\n--: when x is 1", 2),
        ("--: when x is 1\n--: when y is 1\n--: end", 2),
        ("--: when x", 1),
        ("--: when x is 1 or\n--: end", 1),
    ],
)
def test_a_wrong_mark_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(SectionError) as caught:
        read_sections(text)
    assert caught.value.line == line
