import inspect
from typing import Any

import pytest
import structlog
from streamlit.testing.v1 import AppTest

from amc import errors
from amc.auth.roles import Role
from amc.db.engine import Database
from amc.errors import AmcError, DatabaseError
from amc.services.health import HealthService
from amc.services.users import UsersService
from amc.ui import gate
from amc.ui.navigation import PAGES
from tests.pages.conftest import PASSWORD, Browser

TITLES = {entry.name: entry.title for entry in PAGES}


def drawn(at: AppTest) -> str:
    """All words on the screen."""
    words = [*at.title, *at.header, *at.markdown, *at.caption, *at.error, *at.warning, *at.info]
    return "\n".join(f"{getattr(w, 'title', '')} {w.value}" for w in words)


def test_without_a_session_every_page_shows_the_sign_in_and_nothing_else(
    browser: Browser,
) -> None:
    at = browser.open()
    for name in TITLES:
        at.switch_page(f"../../pages/{name}.py").run()
        assert [t.value for t in at.title] == ["AMC Manager"], name
        assert [i.label for i in at.text_input] == ["User name", "Password"]
        assert [b.label for b in at.button] == ["Sign in"]
        assert not at.sidebar.children
        assert not at.exception


@pytest.mark.parametrize("role", list(Role))
def test_a_signed_in_user_gets_every_page_in_its_frame(browser: Browser, role: Role) -> None:
    browser.sign_in(role)
    browser.services.health.beat("here", "scheduler", browser.services.clock.now())
    at = browser.open()
    for name, title in TITLES.items():
        at.switch_page(f"../../pages/{name}.py").run()
        assert [t.value for t in at.title] == [title]
        assert "Sign out" in [b.label for b in at.sidebar.button]
        assert not at.exception, name
        assert not at.error, name


def test_the_right_password_gives_the_browser_a_ticket(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.services.users.create("test", "ann", password=PASSWORD, chosen_by_them=True)
    sent: list[tuple[str, dict[str, str]]] = []
    monkeypatch.setattr(
        gate, "browser_post", lambda action, fields, **_more: sent.append((action, fields))
    )
    at = browser.open()
    at.text_input[0].set_value("Ann")
    at.text_input[1].set_value(PASSWORD)
    at.form_submit_button[0].click().run()
    [(action, fields)] = sent
    assert action == "/auth/claim"
    user = browser.services.users.session(browser.services.users.claim(fields["ticket"]))
    assert user is not None
    assert user.name == "ann"


@pytest.mark.parametrize("name", ["ann", "nobody"])
def test_a_wrong_password_and_a_wrong_name_say_the_same(browser: Browser, name: str) -> None:
    browser.services.users.create("test", "ann", password=PASSWORD, chosen_by_them=True)
    at = browser.open()
    at.text_input[0].set_value(name)
    at.text_input[1].set_value("not-this-one")
    at.form_submit_button[0].click().run()
    [warning] = at.warning
    assert warning.title == "Name or password is wrong."
    assert not at.exception


def test_wrong_passwords_slow_down_and_say_how_long(browser: Browser) -> None:
    browser.services.users.create("test", "ann", password=PASSWORD, chosen_by_them=True)
    at = browser.open()
    for _ in range(5):
        at.text_input[0].set_value("ann")
        at.text_input[1].set_value("not-this-one")
        at.form_submit_button[0].click().run()
    assert "Wait" in at.warning[0].title


def test_a_session_that_ends_elsewhere_shows_the_sign_in_at_the_next_run(
    browser: Browser,
) -> None:
    browser.services.users.create(
        "test", "other", role="admin", password=PASSWORD, chosen_by_them=True
    )
    ends: list[Any] = [
        lambda token: browser.services.users.sign_out(token),
        lambda _: browser.services.users.set_role("other", "ann", "viewer"),
        lambda _: browser.services.users.reset_password("other", "ann"),
    ]
    for end in ends:
        token = browser.sign_in("analyst", "ann")
        at = browser.open("executions")
        assert [t.value for t in at.title] == ["Executions"]
        end(token)
        at.run()
        assert [t.value for t in at.title] == ["AMC Manager"]
        assert not at.sidebar.children


def test_a_disabled_user_is_out_at_the_next_run(browser: Browser) -> None:
    browser.sign_in("analyst", "ann")
    at = browser.open("schedules")
    browser.services.users.disable("test", "ann")
    assert [t.value for t in at.run().title] == ["AMC Manager"]


def test_a_forged_cookie_is_nobody(browser: Browser) -> None:
    token = browser.sign_in("admin")
    for forged in (token[:-1], token[:-1] + "!", token.swapcase(), "x" * 5000, "admin"):
        browser.cookies = dict.fromkeys(browser.cookies, forged)
        assert [t.value for t in browser.open().title] == ["AMC Manager"]


def test_signing_out_ends_the_session_on_the_server(browser: Browser) -> None:
    token = browser.sign_in("viewer")
    at = browser.open()
    at.button(key="frame.sign_out").click().run()
    assert browser.services.users.session(token) is None
    assert not at.title
    assert [t.value for t in at.run().title] == ["AMC Manager"]


def test_the_chosen_zone_is_kept_with_the_user(browser: Browser) -> None:
    browser.sign_in("viewer", "ann")
    at = browser.open()
    at.selectbox(key="frame.zone").set_value("Europe/Berlin").run()
    assert browser.services.users.get("ann").zone == "Europe/Berlin"
    assert browser.open("executions").selectbox(key="frame.zone").value == "Europe/Berlin"


def test_the_frame_says_that_no_scheduler_runs_and_stops_when_one_does(browser: Browser) -> None:
    browser.sign_in("viewer")
    at = browser.open()
    assert "scheduler process does not run" in drawn(at)
    assert "Scheduler not running" in drawn(at)
    now = browser.services.clock.now()
    browser.services.health.beat("here", "scheduler", now)
    at.run()
    assert "scheduler process does not run" not in drawn(at)
    assert "Scheduler running" in drawn(at)


def test_a_notice_of_a_route_is_shown_and_invented_ones_are_not(browser: Browser) -> None:
    browser.sign_in("viewer")
    assert "is connected" in browser.open(notice="connected").success[0].value
    at = browser.open(notice="**Your account is closed**", reference="<b>")
    assert not at.success
    assert "closed" not in drawn(at)
    failed = browser.open(notice="login-failed", reference="0a1b2c3d")
    assert "Reference 0a1b2c3d" in failed.error[0].value


def test_a_database_that_is_gone_lets_nobody_in(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_in("admin")

    def gone(*_args: object, **_more: object) -> None:
        raise DatabaseError("The database does not answer.")

    monkeypatch.setattr(UsersService, "session", gone)
    at = browser.open()
    assert not at.title
    assert "does not answer" in at.error[0].title
    assert "Try again" in [b.label for b in at.button]
    monkeypatch.undo()


def test_a_frame_that_fails_leaves_the_page_standing(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_in("admin")

    def broken(_self: HealthService) -> bool:
        raise RuntimeError("secret-detail")

    monkeypatch.setattr(HealthService, "scheduler_alive", broken)
    at = browser.open("executions")
    assert [t.value for t in at.title] == ["Executions"]
    assert "Something broke here" in at.error[0].value
    assert "secret-detail" not in drawn(at)


def error_classes() -> list[type[AmcError]]:
    found = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, AmcError)]
    return sorted(found, key=lambda c: c.__name__)


def test_every_error_class_is_shown_once_as_a_sentence_with_its_hint(browser: Browser) -> None:
    browser.sign_in("viewer")

    def script(kinds: list[type[Exception]]) -> None:
        import streamlit as st

        from amc.ui.page import page

        for kind in kinds:
            with st.container(key=kind.__name__), page(kind.__name__):
                raise kind

    at = browser.script(script, kinds=error_classes())
    assert not at.exception
    for kind in error_classes():
        part, error = at.container(key=kind.__name__), kind()
        [box] = [*part.error, *part.warning]
        assert box.title.replace("\\", "") == error.message
        assert box.value.replace("\\", "") == (error.hint or "Nothing was changed.")
        assert ("Try again" in [b.label for b in part.button]) == kind.transient, kind


def test_amazons_request_id_stands_beside_its_error(browser: Browser) -> None:
    browser.sign_in("viewer")

    def script() -> None:
        from amc.errors import ServerError
        from amc.ui.page import page

        with page("Test"):
            raise ServerError("Amazon broke.", request_id="req_42")

    assert "req\\_42" in browser.script(script).caption[0].value


def test_an_unexpected_error_shows_a_reference_that_the_log_has(browser: Browser) -> None:
    browser.sign_in("viewer")

    def script() -> None:
        from amc.ui.page import page

        with page("Test"):
            raise KeyError("/etc/secret-path SELECT token")

    with structlog.testing.capture_logs() as lines:
        at = browser.script(script)
    text = at.error[0].value
    reference = text.partition("reference ")[2][:8]
    assert "secret-path" not in drawn(at)
    assert "Traceback" not in drawn(at)
    [line] = [line for line in lines if line.get("reference") == reference]
    assert isinstance(line["exc_info"], KeyError)
    assert not at.exception


def test_an_error_in_a_fragment_ends_in_the_fragment(browser: Browser) -> None:
    browser.sign_in("viewer")

    def script() -> None:
        import streamlit as st

        from amc.errors import StoreError
        from amc.ui.page import fragment, page

        @fragment()
        def part() -> None:
            st.caption("before")
            raise StoreError

        with page("Test"):
            part()
            st.caption("after")

    at = browser.script(script)
    assert [c.value for c in at.caption] == ["before", "after"]
    assert "result store" in at.error[0].title
    assert not at.exception


def test_a_page_for_administrators_is_closed_to_others(browser: Browser) -> None:
    def script() -> None:
        import streamlit as st

        from amc.auth.roles import Role
        from amc.ui.page import page

        with page("Keys", role=Role.ADMIN):
            st.caption("inside")

    for role in ("viewer", "analyst"):
        browser.sign_in(role)
        at = browser.script(script)
        assert "needs the role admin" in at.warning[0].title
        assert not at.caption
        assert not at.title
    browser.sign_in("admin")
    assert [c.value for c in browser.script(script).caption] == ["inside"]


def test_a_page_without_the_gate_still_guards_itself(browser: Browser) -> None:
    def script() -> None:
        import streamlit as st

        from amc.ui.page import page

        with page("Fleet"):
            st.caption("inside")

    at = browser.script(script)
    assert "not signed in" in at.warning[0].title
    assert not at.caption


def test_a_viewer_cannot_change_anything_through_a_page(browser: Browser) -> None:
    browser.sign_in("viewer", "ann")

    def script() -> None:
        from amc.ui.page import page

        with page("Test") as desk:
            desk.users.create(desk.actor, "eve", role="admin")

    assert "needs the role admin" in browser.script(script).warning[0].title
    assert [u.name for u in browser.services.users.all()] == ["ann"]


def test_nobody_acts_under_anothers_name(browser: Browser) -> None:
    browser.sign_in("admin", "ann")

    def script() -> None:
        from amc.ui.page import page

        with page("Test") as desk:
            desk.users.create("somebody-else", "eve", role="admin")

    assert "your own name" in browser.script(script).warning[0].title
    assert [u.name for u in browser.services.users.all()] == ["ann"]


def test_the_database_is_out_of_a_pages_reach(browser: Browser) -> None:
    browser.sign_in("admin")

    def script() -> None:
        from amc.ui.page import page

        with page("Test") as desk:
            desk.users._database  # noqa: B018

    assert "not open to pages" in browser.script(script).warning[0].title
    assert isinstance(browser.services.database, Database)
