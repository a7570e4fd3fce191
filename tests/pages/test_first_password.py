"""Who signed in with a password that somebody else made sees the form for a new one, only."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from amc.auth.roles import Role
from amc.services.instances import InstancesService
from amc.ui import gate
from amc.ui.cookies import cookie_name
from amc.ui.navigation import PAGES
from tests.pages.conftest import PASSWORD, Browser

NEW = "another-quiet-harbour-9"
FIELDS = ["Present password", "New password (12 characters or more)", "New password again"]


def enter(browser: Browser, role: str = "viewer") -> str:
    """Sign in with a password that an administrator has made; gives it."""
    users = browser.services.users
    password = users.create("test", role, role=role)
    token = users.claim(users.sign_in(role, password, "test"))
    browser.cookies[cookie_name(browser.services.settings)] = token
    return password


def expect_the_form_only(at: AppTest) -> None:
    assert [t.value for t in at.title] == ["Choose a new password"]
    assert [i.label for i in at.text_input] == FIELDS
    assert [b.label for b in at.button] == ["Change the password", "Sign out"]
    assert not at.sidebar.children
    for kind in ("page_link", "dataframe", "tabs", "selectbox", "markdown", "metric"):
        assert not at.get(kind), kind
    assert not at.exception
    assert not at.error


def fill(at: AppTest, old: str, new: str, again: str = "") -> AppTest:
    for field, value in zip(at.text_input, (old, new, again or new), strict=True):
        field.set_value(value)
    button: Any = at.button[0]
    return button.click().run()  # type: ignore[no-any-return]


@pytest.mark.parametrize("role", list(Role))
def test_every_page_shows_the_form_and_nothing_else(browser: Browser, role: Role) -> None:
    enter(browser, role)
    at = browser.open()
    expect_the_form_only(at)
    for entry in PAGES:
        at.switch_page(f"../../pages/{entry.name}.py").run()
        expect_the_form_only(at)


def test_no_service_is_asked_for_a_page_that_is_not_shown(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(InstancesService, "all", lambda *_a, **_k: asked.append("all"))
    enter(browser, "admin")
    expect_the_form_only(browser.open("instances"))
    assert asked == []


def test_a_deep_link_shows_the_form_and_keeps_its_query(browser: Browser) -> None:
    enter(browser)
    at = browser.open("executions", state="FAILED", q="reach")
    expect_the_form_only(at)
    assert at.query_params["state"] == "FAILED"
    assert at.query_params["q"] == "reach"


def test_after_the_change_the_new_password_opens_the_page_asked_for(browser: Browser) -> None:
    password = enter(browser)
    at = fill(browser.open("schedules"), password, NEW)
    assert [t.value for t in at.title] == ["AMC Manager"]
    assert ["password is changed" in s.value for s in at.success] == [True]
    users = browser.services.users
    token = users.claim(users.sign_in("viewer", NEW, "test"))
    browser.cookies[cookie_name(browser.services.settings)] = token
    assert [t.value for t in at.run().title] == ["Schedules"]


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        ("not-this-one", NEW, NEW, "present password is wrong"),
        ("", "short", "short", "at least 12"),
        ("", NEW, NEW + "x", "two new passwords differ"),
        ("", "", "", "at least 12"),
    ],
)
def test_a_change_that_is_refused_says_why_and_opens_nothing(
    browser: Browser, old: str, new: str, again: str, said: str
) -> None:
    password = enter(browser)
    at = fill(browser.open("fleet"), old or password, new, again)
    words = [f"{getattr(b, 'title', '')} {b.value}" for b in (*at.error, *at.warning)]
    assert any(said in w for w in words), words
    assert [t.value for t in at.title] == ["Choose a new password"]
    assert not at.sidebar.children


def test_who_is_held_can_sign_out(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(gate, "browser_post", lambda action, *_a, **_k: sent.append(action))
    enter(browser)
    at = browser.open()
    at.button(key="frame.sign_out").click().run()
    assert sent == ["/auth/sign-out"]
    assert [t.value for t in at.run().title] == ["AMC Manager"]


def test_a_page_without_the_gate_refuses_as_well(browser: Browser) -> None:
    enter(browser, "admin")

    def script() -> None:
        import streamlit as st

        from amc.ui.page import page

        with page("Fleet"):
            st.caption("inside")

    at = browser.script(script)
    assert "nothing opens before it is changed" in at.warning[0].title
    assert not at.caption


def test_the_password_that_set_up_printed_opens_the_pages_of_the_local_amc(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = browser.services.users
    password = users.ensure_admin("admin")
    assert password is not None
    token = users.claim(users.sign_in("admin", password, "test"))
    browser.cookies[cookie_name(browser.services.settings)] = token
    at = browser.open()
    assert [t.value for t in at.title] == ["Fleet"]
    monkeypatch.setenv("AMC_API_URL", "https://advertising-api.amazon.com")
    from amc.ui import process

    process.close()
    expect_the_form_only(at.run())


def test_one_s_own_password_is_changed_as_before(browser: Browser) -> None:
    browser.sign_in("viewer")
    at = browser.open("settings")
    for field, value in zip(at.text_input, (PASSWORD, NEW, NEW), strict=True):
        field.set_value(value)
    [button] = [b for b in at.button if b.label == "Change the password"]
    button.click().run()
    assert any("Changed" in s.value for s in at.success)
    assert browser.services.users.sign_in("viewer", NEW, "test")
