"""The form of parameters, of SQL by hand and of templates."""

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from amc.db.models import Instance
from amc.ui import keys
from tests.pages.conftest import Browser
from tests.pages.test_editor import opened, press_ctrl_enter, typed
from tests.pages.world import SOURCES, add_instances

SQL = """SELECT campaign, SUM(clicks) AS n FROM dsp_clicks
WHERE advertiser_id = CUSTOM_PARAMETER('adv') AND campaign_id IN ({{ ids }})
  AND click_date >= CAST(CUSTOM_PARAMETER('day') AS DATE)
GROUP BY 1"""


def key(kind: str, name: str) -> str:
    return f"{keys.SQL_PARAMETER}.{kind}.{name}"


def form(browser: Browser) -> AppTest:
    ids = add_instances(browser.services, 1)
    with browser.services.database.write() as session:
        # The text is checked against what the chosen instance has.
        row = session.scalars(select(Instance)).one()
        row.sources = [*SOURCES, {"dataSourceId": "dsp_clicks", "columns": []}]
    at = typed(opened(browser), SQL)
    return at.multiselect(key=f"sql.{keys.TARGET_INSTANCES}").set_value(ids).run()


def reds(at: AppTest) -> list[str]:
    return [m.value for m in at.markdown if m.value.startswith(":red[:material/error: The p")]


def test_fields_have_the_types_of_their_use_and_the_run_gets_typed_values(
    browser: Browser,
) -> None:
    at = form(browser)
    assert at.text_input(key=key("LONG", "adv")).label == "adv (whole number)"
    assert any("give a value to adv, day, ids" in i.value for i in at.info)
    at.text_input(key=key("LONG", "adv")).set_value("12").run()
    at.text_area(key=key("list", "ids")).set_value("1\n2").run()
    at.date_input(key=key("DATE", "day")).set_value("2026-10-01").run()
    assert not reds(at)
    assert "IN (1, 2)" in at.code[0].value
    press_ctrl_enter(at)
    [execution] = browser.services.executions.page()[0]
    found = browser.services.executions.request_of(execution.id)
    assert found.parameters == {"adv": 12, "ids": [1, 2], "day": "2026-10-01"}


@pytest.mark.parametrize("raw", ["1; DROP TABLE x", "'", "1e999", "{{ ids }}", "½"])
def test_a_hostile_value_is_refused_at_its_field_and_nothing_runs(
    browser: Browser, raw: str
) -> None:
    at = form(browser)
    at.text_input(key=key("LONG", "adv")).set_value(raw).run()
    [red] = reds(at)
    assert "The parameter adv is compared with a LONG" in red
    at = press_ctrl_enter(at)
    assert "Not run: The parameter adv" in at.error[0].value
    assert browser.services.executions.page()[1] == 0


def test_what_was_typed_stays_while_the_query_is_changed(browser: Browser) -> None:
    at = form(browser)
    at.text_input(key=key("LONG", "adv")).set_value("12").run()
    at = typed(at, SQL.replace("GROUP BY 1", "GROUP BY"))
    assert at.text_input(key=key("LONG", "adv")).value == "12"
    at = typed(at, SQL.replace("CUSTOM_PARAMETER('adv')", "1"))
    assert [t for t in at.text_input if t.key == key("LONG", "adv")] == []
    at = typed(at, SQL)
    assert at.text_input(key=key("LONG", "adv")).value == "12"
    at = typed(at, SQL.replace("advertiser_id = ", "campaign = "))
    assert at.text_input(key=key("STRING", "adv")).value == "12"


def test_a_template_refuses_a_value_at_its_field(browser: Browser) -> None:
    browser.sign_in("analyst")
    at = browser.open("query_builder")
    for template in browser.services.templates.all():
        lists = [p for p in template.parameters if p.type == "campaign_list" and not p.advanced]
        if not lists:
            continue
        at.selectbox(key=keys.BUILDER_TEMPLATE).set_value(template.name).run()
        at.text_area(key=f"builder.{template.name}.{lists[0].name}").set_value("a'; --").run()
        assert any("takes campaign ids (letters and digits)" in red for red in reds(at))
        return
    pytest.fail("no template takes campaign ids")
