"""The query builder on a set of 58 of which some instances cannot run it."""

import pytest
from streamlit.testing.v1 import AppTest

from amc.db.models import Instance
from amc.ui import keys
from tests.pages.conftest import Browser
from tests.unfit import CLOSED, HOSTILE, LACKS, SET, SQL, add_fleet

RUN = f"{keys.RUN}.sql"
OUT = f"{keys.LEAVE_OUT}.sql"


@pytest.fixture
def fleet(browser: Browser) -> Browser:
    browser.sign_in("analyst", "ann")
    browser.services.health.beat("here", "scheduler", browser.services.clock.now())
    add_fleet(browser.services)
    return browser


def by_hand(browser: Browser, sql: str = SQL) -> AppTest:
    at = browser.open("query_builder")
    at.button_group(key=keys.BUILDER_MODE).set_value("SQL").run()
    at.session_state[keys.SQL_TEXT] = sql
    at.run()
    at.selectbox(key=f"sql.{keys.TARGET_SET}").set_value(SET).run()
    assert not at.exception
    return at


def test_the_two_are_named_and_left_out_with_one_click(fleet: Browser) -> None:
    at = by_hand(fleet)
    [told] = [e.value for e in at.error if "cannot run this" in e.value]
    assert told.startswith("2 of 58 instances cannot run this")
    assert LACKS in told
    assert CLOSED in told
    assert HOSTILE not in told  # names are shown literally, not as Markdown
    assert at.button(key=RUN).disabled
    at.button(key=OUT).click().run()
    assert not at.exception
    assert at.button(key=RUN).label == "Run on 56 instances"
    assert not [e for e in at.error if "cannot run this" in e.value]
    assert any("Left out 2 instances" in c.value and LACKS in c.value for c in at.caption)
    at.button(key=RUN).click().run()
    assert not at.exception
    rows, total = fleet.services.executions.page(limit=100)
    assert total == 56
    run = fleet.services.executions.fleet_run(rows[0].fleet_run_id)
    assert {e.instance_id for e in run.left_out} == {LACKS, CLOSED}
    shown = fleet.open("executions", run=run.id)
    assert any("Left out 2 instances" in c.value for c in shown.caption)


def test_they_can_be_taken_in_again(fleet: Browser) -> None:
    at = by_hand(fleet)
    at.button(key=OUT).click().run()
    at.button(key=f"{keys.TAKE_IN}.sql").click().run()
    assert at.button(key=RUN).label == "Run on 58 instances"
    assert at.button(key=RUN).disabled


def test_others_that_become_unable_are_asked_about_anew(fleet: Browser) -> None:
    at = by_hand(fleet)
    at.button(key=OUT).click().run()
    with fleet.services.database.write() as session:
        for row in session.query(Instance).filter(Instance.instance_id < "amcfleet40"):
            row.access, row.access_reason = "lost", "Unauthorized request."
    at.run()
    assert any("41 of 58" in e.value or "40 of 58" in e.value for e in at.error)
    assert at.button(key=RUN).disabled
    # Forty of them stay readable: a few names, and the whole list below.
    [told] = [e.value for e in at.error if "cannot run this" in e.value]
    assert "more" in told
    assert len(told) < 1500
    assert [e for e in at.expander if e.label.startswith("All 40 that cannot")]


def test_nothing_is_left_out_when_nobody_can_run_it(fleet: Browser) -> None:
    at = by_hand(fleet, SQL.replace("dsp_impressions", "dsp_video_events_feed"))
    assert any("58 of 58 instances cannot run this" in e.value for e in at.error)
    assert OUT not in [b.key for b in at.button]
    assert at.button(key=RUN).disabled


def test_a_template_on_the_set_likewise(fleet: Browser) -> None:
    at = fleet.open("query_builder", template="cart-abandonment")
    at.selectbox(key=f"builder.{keys.TARGET_SET}").set_value(SET).run()
    assert not at.exception
    [told] = [e.value for e in at.error if "cannot run this" in e.value]
    assert CLOSED in told
