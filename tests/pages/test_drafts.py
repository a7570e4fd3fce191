"""Drafts in the SQL editor: what is typed outlives the session."""

import pytest
from streamlit.testing.v1 import AppTest

from amc.errors import DatabaseError
from amc.services.drafts import DraftsService
from amc.ui import keys
from amc.ui.editor.component import DraftMark
from tests.pages.conftest import Browser
from tests.pages.test_editor import RIGHT, editor, opened, typed
from tests.pages.test_sql_parameters import SQL, key


def texts(browser: Browser, name: str = "analyst") -> list[str]:
    return [d.sql for d in browser.services.drafts.all(name)]


def claim(at: AppTest, sql: str, mark: DraftMark) -> AppTest:
    """As the component takes what a tab with a draft of its own sends first."""
    talk = at.session_state[f"{keys.SQL_TEXT}.talk"]
    talk.claim, talk.text = mark, sql
    return typed(at, sql)


def test_what_is_typed_is_there_in_a_new_session_with_its_values(browser: Browser) -> None:
    at = typed(opened(browser), SQL)
    at.text_input(key=key("LONG", "adv")).set_value("12").run()
    at.text_area(key=key("list", "ids")).set_value("1\n2").run()
    again = opened(browser)
    assert editor(again)["text"] == SQL
    assert editor(again)["draft"]["restored"]
    assert again.text_input(key=key("LONG", "adv")).value == "12"
    assert again.text_area(key=key("list", "ids")).value == "1\n2"
    assert texts(browser) == [SQL]


def test_each_change_goes_to_the_same_draft(browser: Browser) -> None:
    at = typed(opened(browser), RIGHT)
    at = typed(at, RIGHT + " -- more")
    assert texts(browser) == [RIGHT + " -- more"]
    again = typed(opened(browser), "SELECT 1")
    assert texts(browser) == ["SELECT 1"]
    assert editor(again)["draft"]["id"] == editor(at)["draft"]["id"]


def test_two_sessions_on_one_draft_lose_nothing(browser: Browser) -> None:
    typed(opened(browser), RIGHT)
    first, second = opened(browser), opened(browser)
    typed(first, "SELECT 1")
    typed(second, "SELECT 2")
    typed(first, "SELECT 1, 1")
    assert sorted(texts(browser)) == ["SELECT 1, 1", "SELECT 2"]


def test_a_tab_goes_on_with_its_own_draft_whichever_was_restored(browser: Browser) -> None:
    drafts = browser.services.drafts
    at = typed(opened(browser), "SELECT own")
    own = drafts.latest("analyst")
    assert own is not None
    at.button(key=keys.SQL_NEW).click().run()
    typed(at, "SELECT newest")
    at = opened(browser)
    assert editor(at)["text"] == "SELECT newest"
    at = claim(at, "SELECT own, more", DraftMark(own.id, own.version))
    assert editor(at)["draft"]["id"] == own.id
    assert sorted(texts(browser)) == ["SELECT newest", "SELECT own, more"]
    later = claim(opened(browser), "SELECT own, late", DraftMark(own.id, own.version))
    assert editor(later)["draft"]["id"] != own.id
    assert sorted(texts(browser)) == ["SELECT newest", "SELECT own, late", "SELECT own, more"]


def test_new_leaves_the_old_text_among_the_drafts_and_it_can_be_opened(browser: Browser) -> None:
    at = typed(opened(browser), RIGHT)
    at.button(key=keys.SQL_NEW).click().run()
    assert editor(at)["text"] == ""
    at = typed(at, "SELECT 1")
    assert sorted(texts(browser)) == sorted([RIGHT, "SELECT 1"])
    titles = [b.label for b in at.button if (b.key or "").startswith(f"{keys.SQL_DRAFT}.open")]
    assert titles[0].startswith("SELECT 1 ")
    [other] = [d for d in browser.services.drafts.all("analyst") if d.sql == RIGHT]
    at.button(key=f"{keys.SQL_DRAFT}.open.{other.id}").click().run()
    assert editor(at)["text"] == RIGHT
    assert editor(at)["draft"] == {"id": other.id, "version": other.version, "restored": False}
    at = typed(at, RIGHT + " -- more")
    assert sorted(texts(browser)) == sorted([RIGHT + " -- more", "SELECT 1"])


def test_an_emptied_text_keeps_the_draft(browser: Browser) -> None:
    at = typed(opened(browser), RIGHT)
    at = typed(at, "")
    assert texts(browser) == [RIGHT]
    typed(at, "SELECT 2")
    assert sorted(texts(browser)) == sorted([RIGHT, "SELECT 2"])


def test_a_draft_is_thrown_away_by_a_click(browser: Browser) -> None:
    at = typed(opened(browser), RIGHT)
    at.button(key=keys.SQL_NEW).click().run()
    [view] = browser.services.drafts.all("analyst")
    at.button(key=f"{keys.SQL_DRAFT}.remove.{view.id}").click().run()
    assert texts(browser) == []


def test_drafts_are_of_who_wrote_them(browser: Browser) -> None:
    typed(opened(browser), RIGHT)
    browser.sign_in("viewer", "vera")
    at = browser.open("query_builder", mode="SQL")
    assert not at.exception
    assert editor(at)["text"] == ""
    typed(at, "SELECT 3")
    assert texts(browser, "vera") == ["SELECT 3"]
    assert texts(browser) == [RIGHT]


def test_a_database_that_is_away_is_said_and_the_text_stays(
    browser: Browser,
) -> None:
    at = opened(browser)

    def away(*_args: object, **_more: object) -> None:
        raise DatabaseError("The database does not answer.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DraftsService, "save", away)
        at = typed(at, RIGHT)
        assert any("could not be kept" in w.value for w in at.warning)
        assert editor(at)["text"] == RIGHT
    at.run()
    assert texts(browser) == [RIGHT]


def test_format_changes_the_text_of_the_same_draft(browser: Browser) -> None:
    at = typed(opened(browser), "select campaign, sum(clicks) as n from dsp_clicks group by 1")
    at.button(key=keys.SQL_FORMAT).click().run()
    assert editor(at)["text"].splitlines()[0].startswith("SELECT")
    assert len(texts(browser)) == 1
    at = typed(at, "SELECT 'open")
    at.button(key=keys.SQL_FORMAT).click().run()
    assert not at.exception
    assert editor(at)["text"] == "SELECT 'open"
