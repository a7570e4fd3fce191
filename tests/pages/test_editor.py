import json
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from amc.services.templates import TemplatesService
from amc.settings import ROOT
from amc.sql.catalog import load_catalog
from amc.sql.findings import Finding, Fix
from amc.sql.functions import functions
from amc.ui import keys
from amc.ui.editor.words import shipped_words
from amc.ui.widgets.editor import apply_fix
from tests.pages.conftest import Browser

WRONG = "SELECT campaing, SUM(impressions) AS n\nFROM dsp_impressions\nGROUP BY 1"
RIGHT = WRONG.replace("campaing", "campaign")


def opened(browser: Browser) -> AppTest:
    browser.sign_in("analyst")
    at = browser.open("query_builder", mode="SQL")
    assert not at.exception
    return at


def typed(at: AppTest, sql: str) -> AppTest:
    at.session_state[keys.SQL_TEXT] = sql
    return at.run()


def editor(at: AppTest) -> dict[str, Any]:
    found = [e.proto for e in at.get("bidi_component")]
    assert len(found) == 1
    data: dict[str, Any] = json.loads(found[0].json or found[0].mixed.json)
    return data


def test_an_empty_editor_has_no_findings_and_says_what_to_do(browser: Browser) -> None:
    at = opened(browser)
    data = editor(at)
    assert data["text"] == ""
    assert data["findings"] == []
    assert any("Write a query above" in info.value for info in at.info)


def test_findings_reach_the_editor_with_their_places_and_stand_under_it(browser: Browser) -> None:
    at = typed(opened(browser), WRONG)
    data = editor(at)
    assert data["text"] == WRONG
    [finding] = [f for f in data["findings"] if f["severity"] == "error"]
    assert (finding["line"], finding["column"]) == (1, 8)
    assert (finding["end_line"], finding["end_column"]) == (1, 16)
    assert any("line 1, column 8" in m.value for m in at.markdown)
    at = typed(at, RIGHT)
    assert [f for f in editor(at)["findings"] if f["severity"] == "error"] == []


def test_a_text_written_by_the_app_is_a_new_revision_and_an_equal_one_is_not(
    browser: Browser,
) -> None:
    at = opened(browser)
    assert editor(at)["revision"] == 0
    assert editor(typed(at, WRONG))["revision"] == 1
    assert editor(typed(at, WRONG))["revision"] == 1
    assert editor(typed(at, RIGHT))["revision"] == 2


def test_the_text_survives_another_mode_and_another_page(browser: Browser) -> None:
    at = typed(opened(browser), RIGHT)
    at.switch_page("../../pages/mappings.py").run()
    at.switch_page("../../pages/query_builder.py").run()
    at.query_params["mode"] = "SQL"
    at.run()
    assert at.session_state[keys.SQL_TEXT] == RIGHT
    assert editor(at)["text"] == RIGHT
    assert editor(at)["revision"] == 1


def test_line_ends_of_other_systems_become_line_feeds(browser: Browser) -> None:
    at = typed(opened(browser), "SELECT 1\r\nFROM dsp_impressions\rGROUP BY 1")
    assert editor(at)["text"] == "SELECT 1\nFROM dsp_impressions\nGROUP BY 1"
    assert editor(at.run())["revision"] == 1


@pytest.fixture
def fixes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checker's own findings, with a fix for the misspelt column whatever its rules offer."""
    check = TemplatesService.check_sql

    def with_fix(self: TemplatesService, sql: str) -> list[Finding]:
        fix = Fix("Write campaign", 1, 8, 1, 16, "campaign")
        found = check(self, sql)
        return [replace(f, fix=fix) if f.code == "unknown-column" else f for f in found]

    monkeypatch.setattr(TemplatesService, "check_sql", with_fix)


@pytest.mark.usefixtures("fixes")
def test_a_fix_is_one_click_and_makes_the_finding_go(browser: Browser) -> None:
    at = typed(opened(browser), WRONG)
    assert editor(at)["findings"][0]["fix"]["replacement"] == "campaign"
    [button] = [b for b in at.button if b.label == "Write campaign"]
    button.click().run()
    assert at.session_state[keys.SQL_TEXT] == RIGHT
    assert editor(at)["text"] == RIGHT
    assert editor(at)["revision"] == 2
    assert [b for b in at.button if b.label == "Write campaign"] == []


@pytest.mark.usefixtures("fixes")
def test_a_fix_for_a_text_that_has_changed_since_leaves_it_alone(browser: Browser) -> None:
    at = typed(opened(browser), WRONG)
    [button] = [b for b in at.button if b.label == "Write campaign"]
    button.click()
    later = "-- my note\n" + WRONG
    at.session_state[keys.SQL_TEXT] = later
    at.run()
    assert at.session_state[keys.SQL_TEXT] == later


@pytest.mark.parametrize(
    ("sql", "fix", "wanted"),
    [
        ("a b", Fix("", 1, 1, 1, 2, "xyz"), "xyz b"),
        ("a\nbb c", Fix("", 2, 1, 2, 3, "d"), "a\nd c"),
        ("a\nb\nc", Fix("", 1, 2, 3, 1, " "), "a c"),
        ("'😀' b", Fix("", 1, 5, 1, 6, "c"), "'😀' c"),
        ("", Fix("", 1, 1, 1, 1, "x"), "x"),
    ],
)
def test_a_fix_changes_its_place_and_nothing_else(sql: str, fix: Fix, wanted: str) -> None:
    assert apply_fix(sql, fix) == wanted


def test_the_words_hold_every_function_table_and_column() -> None:
    known = json.loads(shipped_words())
    assert {row[0] for row in known["functions"]} == set(functions())
    assert set(known["sources"]) == {source.name for source in load_catalog()}
    for source in load_catalog():
        columns = known["sources"][source.name][1]
        if isinstance(columns, str):
            columns = known["sources"][columns][1]
        assert [name for name, _ in columns] == [c.name for c in source.columns.values()]


def test_the_words_stay_small_enough_to_travel_with_each_rerun() -> None:
    assert len(shipped_words()) < 120_000


def test_the_built_editor_is_there_with_the_licences_of_all_its_parts() -> None:
    folder = ROOT / "amc" / "ui" / "editor" / "dist"
    built = (folder / "editor.js").read_text(encoding="utf-8")
    assert "export{" in built
    licences = (folder / "licences.txt").read_text(encoding="utf-8")
    package = json.loads((ROOT / "editor-src" / "package.json").read_text(encoding="utf-8"))
    for name, version in package["dependencies"].items():
        assert version[0].isdigit(), f"{name} has no exact version"
        assert f"{name} {version} (MIT)" in licences
    assert licences.count("Permission is hereby granted") == len(package["dependencies"])
