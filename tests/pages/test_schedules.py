import pytest

from amc.ui import keys
from tests.pages.conftest import Browser
from tests.pages.world import HOSTILE, add_instances, add_schedule


@pytest.fixture
def ids(browser: Browser) -> list[str]:
    browser.sign_in("analyst", "ann")
    browser.services.health.beat("here", "scheduler", browser.services.clock.now())
    return add_instances(browser.services)


def test_without_schedules_the_page_says_where_they_come_from(browser: Browser) -> None:
    browser.sign_in("viewer")
    at = browser.open("schedules")
    assert "No schedule yet" in at.info[0].value
    assert at.button(key=keys.SCHEDULE_NEW).disabled


def test_the_list_shows_rule_window_and_next_slot_and_searches(
    browser: Browser, ids: list[str]
) -> None:
    add_schedule(browser.services, ids, HOSTILE)
    add_schedule(browser.services, ids[:1])
    at = browser.open("schedules")
    assert not at.exception
    frame = at.dataframe(key=keys.SCHEDULE_TABLE).value
    assert HOSTILE in set(frame["Name"])
    assert set(frame["Rule"]) == {"At 08:00 on Monday."}
    at.text_input(key=keys.SCHEDULE_TEXT).set_value("weekly").run()
    assert list(at.dataframe(key=keys.SCHEDULE_TABLE).value["On"]) == ["1 instance"]


def test_a_new_schedule_shows_its_next_ten_slots_with_their_windows_and_is_saved(
    browser: Browser, ids: list[str]
) -> None:
    at = browser.open("schedules", new="1")
    assert not at.exception
    assert len(at.dataframe[0].value) == 10
    assert list(at.dataframe[0].value.columns)[-2:] == ["Data from", "Data up to, not including"]
    assert keys.FORM_SAVE not in [b.key for b in at.button]
    at.text_input(key=keys.FORM_NAME).set_value("Every morning").run()
    at.selectbox(key=keys.FORM_USUAL).set_value("0 8 * * *").run()
    at.multiselect(key=f"schedule.{keys.TARGET_INSTANCES}").set_value(ids[:2]).run()
    at.button(key=keys.FORM_SAVE).click().run()
    [made] = browser.services.schedules.all()
    assert (made.name, made.cron, made.zone) == ("Every morning", "0 8 * * *", "UTC")
    assert at.query_params["schedule"] == made.id
    assert not at.error


def test_a_rule_that_cannot_be_is_said_and_not_saved(browser: Browser, ids: list[str]) -> None:
    at = browser.open("schedules", new="1")
    [cron] = [t for t in at.text_input if t.label == "CRON rule"]
    cron.set_value("61 8 * * 1").run()
    assert not at.exception
    assert at.error
    assert keys.FORM_SAVE not in [b.key for b in at.button]


def test_pause_resume_run_now_and_remove(browser: Browser, ids: list[str]) -> None:
    services = browser.services
    made = add_schedule(services, ids)
    at = browser.open("schedules", schedule=made.id)
    assert not at.exception
    assert len(at.dataframe[0].value) == 10
    at.button(key=keys.SCHEDULE_PAUSE).click().run()
    assert not services.schedules.get(made.id).enabled
    assert "Paused" in " ".join(c.value for c in at.caption)
    at.button(key=keys.SCHEDULE_RESUME).click().run()
    assert services.schedules.get(made.id).enabled
    at.button(key=keys.SCHEDULE_RUN).click().run()
    assert services.executions.page()[1] == 3
    at = browser.open("schedules", schedule=made.id)
    at.button(key=keys.SCHEDULE_REMOVE).click().run()
    assert services.schedules.all() == []
    assert not at.exception


def test_a_schedule_that_is_gone_is_said_to_be_missing(browser: Browser) -> None:
    browser.sign_in("viewer")
    at = browser.open("schedules", schedule="sc_nothere")
    assert "There is no schedule" in at.error[0].title


def test_a_viewer_cannot_pause_run_or_remove(browser: Browser, ids: list[str]) -> None:
    made = add_schedule(browser.services, ids)
    browser.sign_in("viewer", "vera")
    at = browser.open("schedules", schedule=made.id)
    assert not at.exception
    for key in (keys.SCHEDULE_PAUSE, keys.SCHEDULE_RUN):
        assert at.button(key=key).disabled
