"""Saved queries in the SQL editor."""

from amc.ui import keys
from tests.pages.conftest import Browser
from tests.pages.test_editor import RIGHT, editor, opened, typed
from tests.pages.test_sql_parameters import SQL, key

NAME = f"{keys.SQL_SAVE}.name"


def test_a_text_is_saved_opened_and_kept_in_versions(browser: Browser) -> None:
    at = typed(opened(browser), SQL)
    at.text_input(key=key("LONG", "adv")).set_value("12").run()
    at.text_input(key=NAME).set_value("Clicks")
    at.button(key=f"{keys.SQL_SAVE}.do").click().run()
    assert "Saved as Clicks, version 1." in [s.value for s in at.success]
    at = typed(at, RIGHT)
    at.button(key=f"{keys.SQL_SAVE}.do").click().run()
    assert "Saved as Clicks, version 2." in [s.value for s in at.success]
    [saved] = browser.services.library.all()
    at.button(key=keys.SQL_NEW).click().run()
    at.selectbox(key=f"{keys.SQL_SAVED}.version.{saved.id}").set_value(1).run()
    at.button(key=f"{keys.SQL_SAVED}.open").click().run()
    assert not at.exception
    assert editor(at)["text"] == SQL
    assert at.text_input(key=key("LONG", "adv")).value == "12"
    assert at.text_input(key=NAME).value == "Clicks"
    at.button(key=f"{keys.SQL_SAVED}.archive").click().run()
    assert browser.services.library.all() == []


def test_what_cannot_be_saved_is_said(browser: Browser) -> None:
    at = typed(opened(browser), RIGHT)
    at.button(key=f"{keys.SQL_SAVE}.do").click().run()
    assert any("has a name of 1 to 200" in e.value for e in at.error)
    assert browser.services.library.all() == []


def test_a_viewer_reads_the_library_and_does_not_save(browser: Browser) -> None:
    browser.sign_in("analyst", "ann")
    kept = browser.services.library.save("ann", "Clicks", RIGHT)
    browser.sign_in("viewer", "vera")
    at = browser.open("query_builder", mode="SQL")
    assert not at.exception
    assert at.button(key=f"{keys.SQL_SAVED}.archive").disabled
    at.button(key=f"{keys.SQL_SAVED}.open").click().run()
    assert editor(at)["text"] == RIGHT
    at.text_input(key=NAME).set_value("Mine")
    at.button(key=f"{keys.SQL_SAVE}.do").click().run()
    assert [q.id for q in browser.services.library.all()] == [kept.id]
