from datetime import timedelta

import pytest

from amc.ui import keys
from tests.pages.conftest import PASSWORD, Browser


def test_a_viewer_sees_connections_health_and_the_own_account_only(browser: Browser) -> None:
    browser.sign_in("viewer")
    at = browser.open("settings")
    assert not at.exception
    assert [t.label for t in at.tabs] == ["Connections", "Health", "My account"]
    assert "No Amazon login is connected yet" in at.info[0].value


def test_an_administrator_sees_users_and_the_trail_too(browser: Browser) -> None:
    browser.sign_in("admin", "ann")
    at = browser.open("settings")
    assert not at.exception
    assert [t.label for t in at.tabs][-2:] == ["Users", "Audit trail"]
    trail = next(d.value for d in at.dataframe if "Who" in d.value.columns)
    assert "user.create" in set(trail["What"])
    assert "The trail is whole" in " ".join(c.value for c in at.caption)


def test_health_tells_a_living_scheduler_from_none(browser: Browser) -> None:
    browser.sign_in("viewer")
    assert "No scheduler runs" in browser.open("settings").error[0].value
    browser.services.health.beat("here", "scheduler", browser.services.clock.now())
    at = browser.open("settings")
    assert not at.error
    assert list(at.dataframe[0].value["State"]) == ["● Alive"]


def test_health_tells_that_a_backup_was_put_back(browser: Browser) -> None:
    browser.sign_in("viewer")
    assert not [i for i in browser.open("settings").info if "backup" in i.value]
    as_of = browser.services.clock.now() - timedelta(hours=7)
    browser.services.restores.declare("ann", as_of)
    (told,) = [i for i in browser.open("settings").info if "backup" in i.value]
    assert "not sent again" in told.value


@pytest.mark.parametrize(
    ("new", "again", "said"),
    [("short", "short", "error"), ("plum-otter-lantern-43", "else", "warning")],
)
def test_a_password_that_cannot_be_is_refused(
    browser: Browser, new: str, again: str, said: str
) -> None:
    browser.sign_in("viewer", "ann")
    browser.services.health.beat("here", "scheduler", browser.services.clock.now())
    at = browser.open("settings")
    for field, value in zip(at.text_input, (PASSWORD, new, again), strict=False):
        field.set_value(value)
    [send] = [b for b in at.button if b.label == "Change the password"]
    send.click().run()
    assert not at.exception
    assert at.get(said)
    assert browser.services.users.sign_in("ann", PASSWORD, "test")


def test_the_own_password_is_changed(browser: Browser) -> None:
    browser.sign_in("viewer", "ann")
    at = browser.open("settings")
    for field, value in zip(
        at.text_input, (PASSWORD, *["plum-otter-lantern-43"] * 2), strict=False
    ):
        field.set_value(value)
    [send] = [b for b in at.button if b.label == "Change the password"]
    send.click().run()
    assert browser.services.users.sign_in("ann", "plum-otter-lantern-43", "test")


def test_a_user_is_made_changed_and_disabled(browser: Browser) -> None:
    users = browser.services.users
    browser.sign_in("admin", "ann")
    at = browser.open("settings")
    [name] = [t for t in at.text_input if t.label == "Name"]
    name.set_value("bob")
    [make] = [b for b in at.button if b.label == "Make the user"]
    make.click().run()
    assert users.sign_in("bob", at.code[0].value, "test")
    at = browser.open("settings")
    for action in ("Set the role", "Disable", "Enable", "New password"):
        at.selectbox(key=keys.USER_PICK).set_value("bob")
        at.selectbox(key=keys.USER_ROLE).set_value("viewer")
        at.selectbox(key=keys.USER_ACTION).set_value(action)
        at.button(key=keys.USER_DO).click().run()
        assert not at.exception
        assert users.get("bob").role == "viewer"
        assert users.get("bob").disabled == (action == "Disable")


def test_connecting_gives_a_link_to_the_consent_page(browser: Browser) -> None:
    browser.sign_in("admin", "ann")
    at = browser.open("settings")
    at.button(key=keys.CONNECT).click().run()
    assert not at.exception
    [link] = at.get("link_button")
    assert "response_type=code" in link.proto.url


def test_a_refresh_token_that_is_none_is_refused_in_a_sentence(browser: Browser) -> None:
    browser.sign_in("admin", "ann")
    at = browser.open("settings")
    [token] = [t for t in at.text_input if t.label.startswith("Refresh token")]
    token.set_value("not a token")
    [send] = [b for b in at.button if b.label == "Connect"]
    send.click().run()
    assert not at.exception
    assert at.error
    assert browser.services.connections.all() == []
