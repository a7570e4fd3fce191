from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from amc.ui import keys
from tests.pages.conftest import Browser
from tests.pages.world import (
    HOSTILE,
    add_executions,
    add_instances,
    add_mapping,
    add_result,
    add_table,
)

CAMPAIGNS = [(str(1000 + n), 10 * n) for n in range(250)]


@pytest.fixture
def instances(browser: Browser) -> list[str]:
    browser.sign_in("analyst", "ann")
    browser.services.health.beat("here", "scheduler", browser.services.clock.now())
    return add_instances(browser.services)


def ready(browser: Browser, instances: list[str], folder: Path) -> str:
    [execution] = add_executions(browser.services, instances, ["READY"])
    add_result(browser.services, execution, folder, CAMPAIGNS)
    return execution


def clean(at: AppTest) -> bool:
    return not at.exception and not at.error


def test_without_any_run_the_page_says_where_to_begin(browser: Browser) -> None:
    browser.sign_in("viewer")
    at = browser.open("executions")
    assert "Nothing has run yet" in at.info[0].value


def test_the_list_shows_states_by_word_and_hostile_names_as_they_are(
    browser: Browser, instances: list[str]
) -> None:
    add_executions(browser.services, instances, ["RUNNING", "FAILED", "CANCELLED"])
    at = browser.open("executions")
    assert clean(at)
    frame = at.dataframe[0].value
    assert list(frame["Status"]) == ["◑ Running", "✕ Failed", "■ Cancelled"]
    assert list(frame["Instance"]) == ["Instance 0", HOSTILE, "Instance 2"]
    assert list(frame["Reason"]) == ["", "Amazon's own words", ""]


@pytest.mark.parametrize(
    ("status", "shown"), [("Running now", 1), ("Failed or rejected", 2), ("Cancelled", 1)]
)
def test_the_status_filter_leaves_what_was_asked_for(
    browser: Browser, instances: list[str], status: str, shown: int
) -> None:
    states = ["RUNNING", "FAILED", "REJECTED", "CANCELLED"]
    add_executions(browser.services, instances, states)
    at = browser.open("executions")
    at.selectbox(key=keys.LIST_STATUS).set_value(status).run()
    assert len(at.dataframe[0].value) == shown


def test_search_instance_and_address_narrow_the_list(
    browser: Browser, instances: list[str]
) -> None:
    add_executions(browser.services, instances, ["FAILED"] * 3)
    add_executions(browser.services, instances[2:], ["FAILED"], title="Overlap")
    at = browser.open("executions")
    at.text_input(key=keys.LIST_TEXT).set_value("overlap").run()
    assert list(at.dataframe[0].value["What"]) == ["Overlap"]
    at.text_input(key=keys.LIST_TEXT).set_value("nothing like it").run()
    assert "No execution fits" in at.info[0].value
    at.text_input(key=keys.LIST_TEXT).set_value("").run()
    at.multiselect(key=keys.LIST_INSTANCES).set_value([instances[2]]).run()
    assert len(at.dataframe[0].value) == 2


def test_the_list_of_one_run_says_so_and_opens_to_all(
    browser: Browser, instances: list[str]
) -> None:
    [one, _] = add_executions(browser.services, instances, ["FAILED", "FAILED"])
    run = browser.services.executions.get(one).fleet_run_id
    at = browser.open("executions", run=run)
    assert clean(at)
    assert len(at.dataframe[0].value) == 1
    at.button(key=keys.LIST_ALL).click().run()
    assert len(at.dataframe[0].value) == 2


def test_a_long_list_comes_in_pages_and_a_filter_brings_it_back_to_the_last(
    browser: Browser, instances: list[str]
) -> None:
    add_executions(browser.services, instances, ["CANCELLED"] * 60 + ["FAILED"] * 3)
    at = browser.open("executions")
    assert len(at.dataframe[0].value) == 50
    at.number_input(key=keys.LIST_PAGE).set_value(2).run()
    assert len(at.dataframe[0].value) == 13
    at.selectbox(key=keys.LIST_STATUS).set_value("Failed or rejected").run()
    assert len(at.dataframe[0].value) == 3
    assert clean(at)


def test_an_unknown_execution_and_an_unknown_run_are_said_to_be_missing(browser: Browser) -> None:
    browser.sign_in("viewer")
    assert "There is no execution" in browser.open("executions", execution="ex_no").error[0].title
    assert "There is no fleet run" in browser.open("executions", run="fr_no").error[0].title


def test_a_ready_execution_shows_table_chart_guide_texts_and_downloads(
    browser: Browser, instances: list[str], tmp_path: Path
) -> None:
    execution = ready(browser, instances, tmp_path / "r")
    at = browser.open("executions", execution=execution)
    assert clean(at)
    assert [t.label for t in at.tabs] == [
        "Table", "Chart", "How to read it", "SQL", "Timeline", "Manifest",
    ]  # fmt: skip
    assert len(at.dataframe[0].value) == 100
    assert "250 rows" in [c.value for c in at.caption]
    links = [link.proto.url for link in at.get("link_button")]
    assert links == [
        f"/download/{execution}/{form}" for form in ("csv-safe", "xlsx", "parquet", "html", "csv")
    ]


@pytest.mark.parametrize("tab", ["Chart", "How to read it", "SQL", "Timeline", "Manifest"])
def test_every_other_part_of_a_result_opens_by_its_address(
    browser: Browser, instances: list[str], tmp_path: Path, tab: str
) -> None:
    execution = ready(browser, instances, tmp_path / "r")
    at = browser.open("executions", execution=execution, **{keys.RESULT_TAB: tab})
    assert clean(at)
    assert len(at.get("link_button")) == 5  # the downloads stand at the head
    assert not [d for d in at.dataframe if len(d.value) == 100]
    assert bool(at.get("plotly_chart")) == (tab == "Chart")


def test_the_table_is_searched_sorted_and_paged_over_the_whole_result(
    browser: Browser, instances: list[str], tmp_path: Path
) -> None:
    execution = ready(browser, instances, tmp_path / "r")
    at = browser.open("executions", execution=execution)
    at.selectbox(key=f"{keys.RESULT_SORT}.{execution}").set_value("impressions").run()
    assert at.dataframe[0].value["impressions"].iloc[0] == 2490
    at.toggle(key=f"{keys.RESULT_DOWN}.{execution}").set_value(False).run()
    assert at.dataframe[0].value["impressions"].iloc[0] == 0
    at.number_input(key=f"{keys.RESULT_PAGE}.{execution}").set_value(3).run()
    assert len(at.dataframe[0].value) == 50
    at.text_input(key=f"{keys.RESULT_SEARCH}.{execution}").set_value("1249").run()
    assert list(at.dataframe[0].value["campaign_id"]) == ["1249"]
    assert clean(at)


def test_a_templates_table_comes_in_its_order_with_shares_in_percent(
    browser: Browser, instances: list[str], tmp_path: Path
) -> None:
    columns = [
        {"name": "path", "dataType": "STRING", "columnType": "DIMENSION"},
        {"name": "users", "dataType": "LONG", "columnType": "METRIC"},
        {"name": "converted_users", "dataType": "LONG", "columnType": "METRIC"},
        {"name": "conversion_rate", "dataType": "DOUBLE", "columnType": "METRIC"},
    ]
    rows = "".join(
        f'"[[1, {step}]]",{users},{bought},{bought / users}\n'
        for step, users, bought in (("dsp", 200, 1), ("sponsored_brands", 50, 9), ("both", 300, 1))
    )
    [execution] = add_executions(browser.services, instances, ["READY"])
    csv = f"path,users,converted_users,conversion_rate\n{rows}"
    add_table(browser.services, execution, tmp_path / "r", csv, columns, "path-to-conversion")
    at = browser.open("executions", execution=execution)
    assert clean(at)
    shown = at.dataframe[0].value
    assert list(shown["users"]) == [50, 300, 200]
    assert list(shown["conversion_rate"].round(2)) == [18.0, 0.33, 0.5]
    at.selectbox(key=f"{keys.RESULT_SORT}.{execution}").set_value("users").run()
    assert list(at.dataframe[0].value["users"]) == [300, 200, 50]


def test_a_name_given_later_is_seen_in_an_old_result(
    browser: Browser, instances: list[str], tmp_path: Path
) -> None:
    execution = ready(browser, instances, tmp_path / "r")
    add_mapping(browser.services, "1000", HOSTILE)
    at = browser.open("executions", execution=execution)
    assert clean(at)
    assert HOSTILE in at.dataframe[0].value.iloc[0].to_list()


def test_a_failed_execution_says_cause_fix_and_amazons_words(
    browser: Browser, instances: list[str]
) -> None:
    [execution] = add_executions(browser.services, instances, ["FAILED"])
    at = browser.open("executions", execution=execution)
    assert not at.exception
    assert "The query is too big" in at.error[0].value
    assert "Use a shorter window" in at.error[0].value
    assert at.code[0].value == "Amazon's own words"


def test_a_result_whose_file_is_gone_is_an_error_with_a_way_out(
    browser: Browser, instances: list[str], tmp_path: Path
) -> None:
    execution = ready(browser, instances, tmp_path / "r")
    for file in browser.services.settings.data_dir.glob("results/**/*.parquet"):
        file.unlink()
    at = browser.open("executions", execution=execution)
    assert not at.exception
    assert at.error


def test_cancel_waits_for_nobody_while_the_run_is_queued(
    browser: Browser, instances: list[str]
) -> None:
    [execution] = add_executions(browser.services, instances, ["QUEUED"])
    at = browser.open("executions", execution=execution)
    at.button(key=keys.CANCEL).click().run()
    assert browser.services.executions.get(execution).status == "CANCELLED"
    assert "Cancelled" in " ".join(m.value for m in at.markdown)


def test_run_again_makes_one_run_and_opens_it(
    browser: Browser, instances: list[str], tmp_path: Path
) -> None:
    execution = ready(browser, instances, tmp_path / "r")
    at = browser.open("executions", execution=execution)
    at.button(key=keys.RERUN).click().run()
    rows, total = browser.services.executions.page()
    assert total == 2
    assert rows[0].status == "QUEUED"
    assert at.query_params["execution"] == rows[0].id


def test_a_viewer_sees_a_result_and_can_change_nothing(
    browser: Browser, instances: list[str], tmp_path: Path
) -> None:
    execution = ready(browser, instances, tmp_path / "r")
    browser.sign_in("viewer", "vera")
    at = browser.open("executions", execution=execution)
    assert clean(at)
    assert at.button(key=keys.RERUN).disabled
    assert at.button(key=keys.TO_SCHEDULE).disabled


def test_schedule_opens_the_form_with_the_values_of_the_run(
    browser: Browser, instances: list[str], tmp_path: Path
) -> None:
    execution = ready(browser, instances, tmp_path / "r")
    at = browser.open("schedules", new="1", **{"from": execution})
    assert clean(at)
    assert at.text_input(key=keys.FORM_NAME).value == "Reach"
    assert at.multiselect[0].value == [instances[0]]
