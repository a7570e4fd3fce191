"""What the pages say of schedules whose owner may not run them any more."""

import pytest

from amc.ui import keys
from tests.pages.conftest import Browser
from tests.pages.world import HOSTILE, add_instances, add_schedule


@pytest.fixture
def hers(browser: Browser) -> str:
    """Two schedules of ann's; the id of the first. An administrator is signed in."""
    browser.sign_in("analyst", "ann")
    browser.sign_in("admin", "root")
    browser.services.health.beat("here", "scheduler", browser.services.clock.now())
    ids = add_instances(browser.services)
    add_schedule(browser.services, ids, HOSTILE)
    return add_schedule(browser.services, ids).id


@pytest.mark.parametrize("action", ["Disable", "Set the role"])
def test_what_stops_with_a_person_is_told_before_and_can_be_taken_over(
    browser: Browser, hers: str, action: str
) -> None:
    at = browser.open("settings")
    at.selectbox(key=keys.USER_PICK).set_value("ann")
    at.selectbox(key=keys.USER_ROLE).set_value("viewer")
    at.selectbox(key=keys.USER_ACTION).set_value(action).run()
    [told] = [w.value for w in at.warning if "suspended" in w.value]
    assert "2 schedules of ann" in told
    assert "Weekly reach" in told
    at.checkbox(key=keys.USER_TAKE).check()
    at.button(key=keys.USER_DO).click().run()
    assert not at.exception
    assert not at.error
    found = browser.services.schedules.all()
    assert [(r.created_by, r.suspended) for r in found] == [("root", "")] * 2


def test_without_taking_over_they_stop_and_say_so(browser: Browser, hers: str) -> None:
    at = browser.open("settings")
    at.selectbox(key=keys.USER_PICK).set_value("ann")
    at.selectbox(key=keys.USER_ACTION).set_value("Disable").run()
    at.button(key=keys.USER_DO).click().run()
    at = browser.open("schedules")
    assert list(at.dataframe[0].value["State"]) == ["▲ Suspended"] * 2
    at = browser.open("schedules", schedule=hers)
    assert any("ann, who owns it, is disabled" in w.value for w in at.warning)
    at.button(key=keys.SCHEDULE_TAKE).click().run()
    assert not at.exception
    assert browser.services.schedules.get(hers).created_by == "root"
    at = browser.open("schedules", schedule=hers)
    assert "● On" in at.markdown[0].value or any("● On" in m.value for m in at.markdown)


def test_another_change_of_a_person_says_nothing_of_schedules(browser: Browser, hers: str) -> None:
    at = browser.open("settings")
    at.selectbox(key=keys.USER_PICK).set_value("ann")
    at.selectbox(key=keys.USER_ACTION).set_value("New password").run()
    assert not [w for w in at.warning if "suspended" in w.value]


def test_an_analyst_sees_the_reason_and_no_button(browser: Browser, hers: str) -> None:
    browser.services.users.disable("root", "ann")
    browser.sign_in("analyst", "bo")
    at = browser.open("schedules", schedule=hers)
    assert any("is disabled" in w.value for w in at.warning)
    assert keys.SCHEDULE_TAKE not in [b.key for b in at.button]
