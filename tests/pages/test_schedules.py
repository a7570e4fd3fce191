from dataclasses import replace
from datetime import timedelta

import pytest

from amc.db.models import Schedule
from amc.ids import SCHEDULE, mint
from amc.services.schedules import ScheduleDraft, ScheduleView
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


def test_edit_begins_with_what_is_there_and_saves_what_was_changed(
    browser: Browser, ids: list[str]
) -> None:
    services = browser.services
    made = add_schedule(services, ids[:2], HOSTILE)
    at = browser.open("schedules", schedule=made.id)
    at.button(key=keys.SCHEDULE_EDIT).click().run()
    assert not at.exception
    assert at.query_params["edit"] == "1"
    name = at.text_input(key=f"{keys.FORM_NAME}.{made.id}")
    assert name.value == HOSTILE
    assert at.multiselect(key=f"schedule.{made.id}.{keys.TARGET_INSTANCES}").value == ids[:2]
    assert at.selectbox(key=f"{keys.FORM_USUAL}.{made.id}").value == "0 8 * * 1"
    name.set_value("Weekdays").run()
    at.selectbox(key=f"{keys.FORM_USUAL}.{made.id}").set_value("0 8 * * 1-5").run()
    at.selectbox(key=f"{keys.FORM_RULE}.{made.id}").set_value("last-14-days").run()
    at.selectbox(key=f"{keys.FORM_MISSED}.{made.id}").set_value("all").run()
    at.number_input(key=f"{keys.FORM_OFFSET}.{made.id}").set_value(336).run()
    at.multiselect(key=f"schedule.{made.id}.{keys.TARGET_INSTANCES}").set_value(ids[2:]).run()
    at.button(key=keys.FORM_SAVE).click().run()
    assert not at.exception
    assert not at.error
    now = services.schedules.get(made.id)
    assert (now.name, now.cron, now.window_rule) == ("Weekdays", "0 8 * * 1-5", "last-14-days")
    assert (now.missed, now.offset_s, now.instance_ids) == ("all", 336 * 3600, ids[2:])
    assert (now.sql, now.version) == (made.sql, made.version + 1)
    assert "edit" not in at.query_params


def test_the_values_of_a_template_can_be_changed(browser: Browser, ids: list[str]) -> None:
    services = browser.services
    draft = ScheduleDraft(
        name="Paths", cron="15 7 * * 2", zone="Europe/Berlin", window_rule="last-30-days",
        template="path-to-conversion", parameters={"lookback_days": 7}, instance_ids=(ids[1],),
    )  # fmt: skip
    made = services.schedules.create("ann", draft)
    at = browser.open("schedules", schedule=made.id, edit="1")
    assert not at.exception
    field = at.number_input(key=f"schedule.{made.id}.path-to-conversion.lookback_days")
    assert field.value == 7
    field.set_value(21).run()
    at.button(key=keys.FORM_SAVE).click().run()
    assert not at.error
    now = services.schedules.get(made.id)
    assert int(now.parameters["lookback_days"]) == 21
    assert (now.cron, now.zone) == ("15 7 * * 2", "Europe/Berlin")


def test_what_somebody_else_saved_meanwhile_is_shown_and_not_written_over(
    browser: Browser, ids: list[str]
) -> None:
    services = browser.services
    made = add_schedule(services, ids)
    at = browser.open("schedules", schedule=made.id, edit="1")
    at.text_input(key=f"{keys.FORM_NAME}.{made.id}").set_value("Mine").run()
    services.schedules.update("bob", made.id, replace(_draft(made), name="Theirs"), made.version)
    at.button(key=keys.FORM_SAVE).click().run()
    assert not at.exception
    assert "Somebody else" in at.error[0].title
    difference = at.dataframe[-1].value
    assert difference.to_dict("records") == [
        {"What": "Name", "Stored now": "Theirs", "Yours": "Mine"}
    ]
    assert services.schedules.get(made.id).name == "Theirs"
    # Who has seen it may save over it.
    at.button(key=keys.FORM_SAVE).click().run()
    assert services.schedules.get(made.id).name == "Mine"


def test_leaving_the_form_changes_nothing(browser: Browser, ids: list[str]) -> None:
    made = add_schedule(browser.services, ids)
    at = browser.open("schedules", schedule=made.id, edit="1")
    at.text_input(key=f"{keys.FORM_NAME}.{made.id}").set_value("Other").run()
    at.button(key=keys.FORM_CANCEL).click().run()
    assert "edit" not in at.query_params
    assert browser.services.schedules.get(made.id) == made


def test_a_broken_schedule_is_said_and_can_be_mended(browser: Browser, ids: list[str]) -> None:
    services = browser.services
    made = add_schedule(services, ids)
    with services.database.write() as session:
        row = session.query(Schedule).filter_by(public_id=made.id).one()
        row.cron, row.broken = "nonsense", "The rule cannot be read."
    at = browser.open("schedules", schedule=made.id)
    assert not at.exception
    assert "It cannot fire" in at.error[0].value
    at = browser.open("schedules", schedule=made.id, edit="1")
    assert keys.FORM_SAVE not in [b.key for b in at.button], "the rule is still wrong"
    at.selectbox(key=f"{keys.FORM_USUAL}.{made.id}").set_value("0 8 * * *").run()
    at.button(key=keys.FORM_SAVE).click().run()
    assert not at.error
    now = services.schedules.get(made.id)
    assert (now.broken, now.cron) == ("", "0 8 * * *")


def _draft(row: ScheduleView) -> ScheduleDraft:
    return ScheduleDraft(
        name=row.name, cron=row.cron, zone=row.zone, window_rule=row.window_rule, sql=row.sql,
        instance_ids=tuple(row.instance_ids),
    )  # fmt: skip


def test_a_double_click_on_run_now_makes_one_run(browser: Browser, ids: list[str]) -> None:
    made = add_schedule(browser.services, ids[:1])
    at = browser.open("schedules", schedule=made.id)
    key = mint(SCHEDULE)
    for _ in range(2):
        # Both clicks of a double click run the script with the same session.
        at.session_state[keys.SCHEDULE_KEY] = key
        at.button(key=keys.SCHEDULE_RUN).click().run()
        at = browser.open("schedules", schedule=made.id)
    assert browser.services.executions.page()[1] == 1


def test_slots_are_shown_on_the_clocks_that_differ_and_no_others(
    browser: Browser, ids: list[str]
) -> None:
    made = add_schedule(browser.services, ids)
    at = browser.open("schedules", schedule=made.id)
    usual = ["Slot", "Data from", "Data up to, not including"]
    assert list(at.dataframe[0].value.columns) == usual
    now = browser.services.clock.now()
    monday = (now - timedelta(days=now.weekday())).replace(hour=8, minute=0)
    monday += timedelta(weeks=monday <= now)
    assert at.dataframe[0].value["Slot"].iloc[0] == f"{monday:Mon %Y-%m-%d 08:00 UTC}"
    draft = replace(_draft(made), zone="Asia/Tokyo")
    browser.services.schedules.update("ann", made.id, draft, made.version)
    at = browser.open("schedules", schedule=made.id)
    first = at.dataframe[0].value.iloc[0]
    # 08:00 in Tokyo on a Monday is Sunday 23:00 UTC, all year.
    sunday = (now - timedelta(days=(now.weekday() + 1) % 7)).replace(hour=23, minute=0)
    sunday += timedelta(weeks=sunday <= now)
    assert (first["Slot"], first["In Asia/Tokyo"]) == (
        f"{sunday:Sun %Y-%m-%d 23:00 UTC}",
        f"{sunday + timedelta(hours=9):%Y-%m-%d 08:00}",
    )
    assert "Data windows in Asia/Tokyo." in [c.value for c in at.caption]
    assert "Instance 0, " in " ".join(m.value for m in at.markdown)
