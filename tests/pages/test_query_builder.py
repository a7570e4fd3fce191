import pytest
from streamlit.testing.v1 import AppTest

from amc.ui import keys
from tests.pages.conftest import Browser
from tests.pages.world import add_instances

RUN = f"{keys.RUN}.template"


@pytest.fixture
def ids(browser: Browser) -> list[str]:
    browser.sign_in("analyst", "ann")
    browser.services.health.beat("here", "scheduler", browser.services.clock.now())
    found = add_instances(browser.services, 3)
    with browser.services.database.write() as session:
        from amc.db.models import Instance

        for row in session.query(Instance):
            row.sources = None  # nobody has asked Amazon yet: nothing speaks against a template
    return found


def choose(at: AppTest, ids: list[str]) -> AppTest:
    at.multiselect(key=f"builder.{keys.TARGET_INSTANCES}").set_value(ids)
    return at.run()


def test_every_template_makes_a_form_and_a_preview(browser: Browser, ids: list[str]) -> None:
    at = choose(browser.open("query_builder"), ids[:1])
    for template in browser.services.templates.all():
        at.selectbox(key=keys.BUILDER_TEMPLATE).set_value(template.name).run()
        assert not at.exception, template.name
        assert not at.error, template.name
        assert at.code[0].value.strip(), template.name


def test_nothing_runs_before_instances_are_chosen(browser: Browser, ids: list[str]) -> None:
    at = browser.open("query_builder")
    assert "Choose instances" in at.info[0].value
    assert RUN not in [b.key for b in at.button]


def test_a_viewer_may_look_and_not_run(browser: Browser, ids: list[str]) -> None:
    browser.sign_in("viewer", "vera")
    at = choose(browser.open("query_builder"), ids[:1])
    assert not at.exception
    assert "Runs are made by analysts" in at.info[-1].value
    assert RUN not in [b.key for b in at.button]


def test_run_makes_one_execution_an_instance_and_a_second_click_no_more(
    browser: Browser, ids: list[str]
) -> None:
    at = choose(browser.open("query_builder"), ids)
    assert at.button(key=RUN).label == "Run on 3 instances"
    key = at.session_state[keys.REQUEST_KEY]
    shown = {code.value for code in at.code}
    at.button(key=RUN).click().run()
    assert not at.exception
    rows, total = browser.services.executions.page()
    assert total == 3
    # What the preview showed is what goes to Amazon, byte for byte.
    assert {browser.services.executions.detail(row.id).sent_sql for row in rows} <= shown
    again = choose(browser.open("query_builder"), ids)
    again.session_state[keys.REQUEST_KEY] = key
    again.button(key=RUN).click().run()
    assert browser.services.executions.page()[1] == 3


def test_a_window_by_hand_that_is_too_new_is_refused_in_a_sentence(
    browser: Browser, ids: list[str]
) -> None:
    at = choose(browser.open("query_builder"), ids[:1])
    [rule] = [s for s in at.selectbox if s.label == "Data window"]
    rule.set_value("by hand").run()
    assert not at.exception
    assert [d.label for d in at.date_input][-1] == "From and to (both days count)"
    rule.set_value("previous-month").run()
    assert "Reads data from" in " ".join(c.value for c in at.caption)


def test_the_group_narrows_the_gallery(browser: Browser, ids: list[str]) -> None:
    at = browser.open("query_builder")
    at.selectbox(key=keys.BUILDER_GROUP).set_value("reach").run()
    options = at.selectbox(key=keys.BUILDER_TEMPLATE).options
    assert "Audience overlap" in options
    assert "Path to conversion" not in options


def test_schedule_this_takes_the_values_along(browser: Browser, ids: list[str]) -> None:
    at = choose(browser.open("query_builder"), ids[:2])
    at.button(key=f"{keys.TO_SCHEDULE}.template").click().run()
    draft = at.session_state[keys.SCHEDULE_DRAFT]
    assert draft["instances"] == ids[:2]
    assert draft["template"] == at.session_state[keys.SCHEDULE_DRAFT]["template"] != ""


def test_an_instance_that_lacks_a_data_source_is_named_and_run_is_closed(
    browser: Browser, ids: list[str]
) -> None:
    at = choose(browser.open("query_builder"), ids)
    with browser.services.database.write() as session:
        from amc.db.models import Instance

        row = session.query(Instance).filter_by(instance_id=ids[0]).one()
        row.sources, row.source_names = [], []
    # It would not be offered any more; as it was chosen before, it stays and is named.
    at.selectbox(key=keys.BUILDER_TEMPLATE).set_value("cross-channel-performance").run()
    assert "1 of 3 instances cannot run this" in at.error[0].value
    assert at.button(key=RUN).disabled


def test_sql_by_hand_has_a_mode_of_its_own(browser: Browser, ids: list[str]) -> None:
    at = browser.open("query_builder")
    at.button_group(key=keys.BUILDER_MODE).set_value("SQL").run()
    assert not at.exception
    assert not at.error


def test_only_instances_that_fit_a_template_are_offered_and_the_others_say_why(
    browser: Browser, ids: list[str]
) -> None:
    at = choose(browser.open("query_builder"), ids[:1])
    with browser.services.database.write() as session:
        from amc.db.models import Instance

        for row in session.query(Instance).filter(Instance.instance_id.in_([ids[0], ids[2]])):
            row.source_names = ["sponsored_ads_traffic"]
    at.selectbox(key=keys.BUILDER_TEMPLATE).set_value("cart-abandonment").run()
    assert not at.exception
    [options] = [m.options for m in at.multiselect if m.label == "Instances"]
    # The one that was chosen before stays, with its reason.
    assert [o for o in options if ids[0] in o and "✕ it has no" in o]
    assert [o for o in options if ids[1] in o]
    assert not [o for o in options if ids[2] in o]
    assert "2 instances cannot run this template" in [e.label for e in at.expander]
