"""Codes and lists in the words of people."""

import pytest

from amc.results.words import as_written, read_path, read_sets, shown


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("[[1, SP], [2, DSP]]", ["SP", "DSP"]),
        ("[[1, a, b], [2, [x] y]]", ["a, b", "[x] y"]),
        ("[SP, DSP]", ["SP", "DSP"]),
        ("SP > DSP -> SB", ["SP", "DSP", "SB"]),
        ("[[1, dsp]]", ["dsp"]),
        ("[]", []),
        ("SP", ["SP"]),
    ],
)
def test_paths_are_read_as_amc_prints_them(text, steps):
    assert read_path(text) == steps


def test_sets_are_read_in_their_spellings():
    assert read_sets("dsp + sponsored_products") == ["dsp", "sponsored_products"]
    assert read_sets("[A, B]") == ["A", "B"]
    assert read_sets("A+B") == ["A+B"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("dsp", "Amazon DSP"),
        ("[[1, dsp], [2, sponsored_products]]", "Amazon DSP → Sponsored Products"),
        ("[[1, Spring], [2, Winter, late]]", "Spring → Winter, late"),
        ("dsp + sponsored_display", "Amazon DSP + Sponsored Display"),
        ("Spring + Winter", "Spring + Winter"),
        ("[[]]", "[[]]"),
        ("sponsored", "sponsored"),
        ("", ""),
    ],
)
def test_cells_are_said_as_people_say_them(value, said):
    assert shown(value) == said


@pytest.mark.parametrize(
    ("typed", "looked_for"),
    [
        ("Amazon DSP", "dsp"),
        (" amazon dsp ", "dsp"),
        ("Sponsored TV", "sponsored_television"),
        ("sponsored pro", "sponsored_pro"),
        ("Sponsored", "Sponsored"),
        ("Spring sale", "Spring sale"),
    ],
)
def test_a_search_for_what_is_shown_finds_what_is_stored(typed, looked_for):
    assert as_written(typed) == looked_for
