import json
from typing import Any

from streamlit.testing.v1 import AppTest

from amc.auth.roles import Grants
from amc.db.models import Instance
from amc.settings import ROOT
from amc.sql.catalog import load_catalog
from amc.sql.findings import Finding
from amc.sql.functions import functions
from amc.sql.rules import ALL
from amc.ui import keys
from amc.ui.editor.remarks import rules_of
from tests.pages.conftest import Browser
from tests.pages.world import HOSTILE, SOURCES, add_instances

WRONG = "SELECT campaing, SUM(impressions) AS n\nFROM dsp_impressions\nGROUP BY 1"
RIGHT = WRONG.replace("campaing", "campaign")


def opened(browser: Browser) -> AppTest:
    browser.sign_in("analyst")
    at = browser.open("query_builder", mode="SQL")
    assert not at.exception
    return at


def typed(at: AppTest, sql: str) -> AppTest:
    at.session_state[keys.SQL_TEXT] = sql
    return at.run()


def editor(at: AppTest) -> dict[str, Any]:
    found = [e.proto for e in at.get("bidi_component")]
    assert len(found) == 1
    data: dict[str, Any] = json.loads(found[0].json or found[0].mixed.json)
    return data


def test_an_empty_editor_has_no_findings_and_says_what_to_do(browser: Browser) -> None:
    at = opened(browser)
    data = editor(at)
    assert data["text"] == ""
    assert data["findings"] == []
    assert any("Write a query above" in info.value for info in at.info)


def test_findings_reach_the_editor_with_their_places(browser: Browser) -> None:
    at = typed(opened(browser), WRONG)
    data = editor(at)
    assert data["text"] == WRONG
    [finding] = [f for f in data["findings"] if f["severity"] == "error"]
    assert (finding["line"], finding["column"]) == (1, 8)
    assert (finding["end_line"], finding["end_column"]) == (1, 16)
    at = typed(at, RIGHT)
    assert [f for f in editor(at)["findings"] if f["severity"] == "error"] == []


def test_a_text_written_by_the_app_is_a_new_revision_and_an_equal_one_is_not(
    browser: Browser,
) -> None:
    at = opened(browser)
    assert editor(at)["revision"] == 0
    assert editor(typed(at, WRONG))["revision"] == 1
    assert editor(typed(at, WRONG))["revision"] == 1
    assert editor(typed(at, RIGHT))["revision"] == 2


def test_the_text_survives_another_mode_and_another_page(browser: Browser) -> None:
    at = typed(opened(browser), RIGHT)
    at.switch_page("../../pages/mappings.py").run()
    at.switch_page("../../pages/query_builder.py").run()
    at.query_params["mode"] = "SQL"
    at.run()
    assert at.session_state[keys.SQL_TEXT] == RIGHT
    assert editor(at)["text"] == RIGHT
    assert editor(at)["revision"] == 1


def test_line_ends_of_other_systems_become_line_feeds(browser: Browser) -> None:
    at = typed(opened(browser), "SELECT 1\r\nFROM dsp_impressions\rGROUP BY 1")
    assert editor(at)["text"] == "SELECT 1\nFROM dsp_impressions\nGROUP BY 1"
    assert editor(at.run())["revision"] == 1


def test_each_finding_brings_what_its_rule_says_and_its_fix(browser: Browser) -> None:
    at = typed(opened(browser), WRONG)
    data = editor(at)
    assert data["findings"][0]["code"] == "unknown-column"
    assert data["findings"][0]["fix"]["replacement"] == "campaign"
    assert data["rules"]["unknown-column"]["why"]
    assert set(data["rules"]) == {f["code"] for f in data["findings"]}


def test_every_rule_tells_why(browser: Browser) -> None:
    for rule in ALL:
        told = rules_of([Finding(rule.code, "error", "", 1, 1, 1, 1)])[rule.code]
        assert told["what"].endswith(".")
        assert told["why"]
    assert rules_of([Finding("syntax", "error", "", 1, 1, 1, 1)])["syntax"]["why"]


def test_placeholders_are_no_findings_and_places_are_those_of_the_written_text(
    browser: Browser,
) -> None:
    sql = "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks WHERE {{ a }} = campaing GROUP BY 1"
    at = typed(opened(browser), sql)
    [error] = [f for f in editor(at)["findings"] if f["severity"] == "error"]
    text = at.session_state[keys.SQL_TEXT]
    assert text[error["column"] - 1 : error["end_column"] - 1] == "campaing"
    assert text[error["fix"]["start_column"] - 1 : error["fix"]["end_column"] - 1] == "campaing"


def test_the_one_chosen_instance_decides_what_the_text_may_read(browser: Browser) -> None:
    sandbox, standard = add_instances(browser.services, 2)
    at = typed(opened(browser), "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks GROUP BY 1")

    def codes(*chosen: str) -> dict[str, str]:
        at.multiselect(key=f"sql.{keys.TARGET_INSTANCES}").set_value(list(chosen)).run()
        found = editor(at)["findings"]
        return {f["code"]: f["severity"] for f in found if f["severity"] != "hint"}

    assert codes() == {}
    assert codes(standard) == {"unavailable-table": "error"}
    # Of several each gets its own check below, in the preview.
    assert codes(sandbox, standard) == {}
    typed(at, f"{RIGHT} LIMIT 5")
    assert codes(standard) == {"limit": "error"}
    assert codes(sandbox) == {"limit": "warning"}


def press_ctrl_enter(at: AppTest) -> AppTest:
    at.session_state[f"{keys.SQL_TEXT}.run"] = True
    return at.run()


def test_ctrl_enter_is_refused_with_the_finding_and_leads_to_it(browser: Browser) -> None:
    add_instances(browser.services, 1)
    at = typed(opened(browser), WRONG)
    assert editor(at)["refusals"] == 0
    at = press_ctrl_enter(at)
    assert "Not run: 1 error in the query. Line 1, column 8" in at.error[0].value
    assert editor(at)["refusals"] == 1
    at.run()
    assert not at.error
    assert editor(at)["refusals"] == 1
    assert browser.services.executions.page()[1] == 0


def test_ctrl_enter_says_what_is_missing_and_runs_when_nothing_is(browser: Browser) -> None:
    ids = add_instances(browser.services, 2)
    at = press_ctrl_enter(typed(opened(browser), RIGHT))
    assert "Not run: choose instances" in at.error[0].value
    at.multiselect(key=f"sql.{keys.TARGET_INSTANCES}").set_value(ids).run()
    at = press_ctrl_enter(at)
    assert not at.exception
    assert browser.services.executions.page()[1] == 2


def schema(at: AppTest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(editor(at)["schema"]["text"])
    return found


def test_the_schema_holds_every_function_table_and_column(browser: Browser) -> None:
    known = schema(opened(browser))
    assert {row[0] for row in known["functions"]} == set(functions())
    sources = {row["name"]: row for row in known["sources"]}
    assert set(sources) == {source.name for source in load_catalog()}
    for source in load_catalog():
        columns = sources[source.name]["columns"]
        if isinstance(columns, str):
            columns = sources[columns]["columns"]
        told = [(c[0], c[1], c[2], c[3], c[4]) for c in columns]
        assert told == [
            (c.name, c.data_type, c.threshold, c.unit, c.description)
            for c in source.columns.values()
        ]


def test_the_schema_tells_which_instances_have_a_table_and_of_their_own_tables(
    browser: Browser,
) -> None:
    add_instances(browser.services, 3)
    with browser.services.database.write() as session:
        first, second, third = session.query(Instance).order_by(Instance.instance_id)
        own = {"dataSourceId": "crm_customers", "description": "Our customers", "columns": [
            {"name": "loyalty", "dataType": "STRING", "columnType": "DIMENSION"}]}  # fmt: skip
        first.source_names = ["dsp_impressions", "crm_customers"]
        first.sources = [*SOURCES, own]
        second.source_names = ["dsp_clicks"]
        third.source_names = None
    known = schema(opened(browser))
    assert known["unasked"] == 1
    sources = {row["name"]: row for row in known["sources"]}
    name = known["instances"].index(HOSTILE)
    other = 1 - name
    assert sources["dsp_impressions"]["missing"] == [name]
    assert sources["dsp_clicks"]["missing"] == [other]
    assert sources["dsp_impressions_for_audiences"]["missing"] == [name]
    assert sources["sponsored_ads_traffic"]["missing"] == [0, 1]
    assert sources["crm_customers"]["own"]
    assert [c[0] for c in sources["crm_customers"]["columns"]] == ["loyalty"]


def test_who_is_limited_to_a_set_sees_no_other_instance_in_the_schema(browser: Browser) -> None:
    ids = add_instances(browser.services, 3)
    services = browser.services
    with services.database.write() as session:
        for row in session.query(Instance):
            row.source_names = ["dsp_clicks"]
    mine = services.instances.save_set("ann", "Mine", members=[ids[0]])
    browser.sign_in("analyst", "lim")
    grants = Grants(sets=frozenset({mine.id}), limited=True)
    services.users.set_grants("admin", "lim", grants)
    browser.sign_in("analyst", "lim")
    at = browser.open("query_builder", mode="SQL")
    assert schema(at)["instances"] == ["Instance 0"]


def test_the_schema_travels_until_the_browser_has_it(browser: Browser) -> None:
    at = opened(browser)
    told = editor(at)["schema"]
    assert len(told["text"]) < 300_000
    at.session_state[f"{keys.SQL_TEXT}.talk"].schema = told["hash"]
    assert editor(at.run())["schema"] == {"hash": told["hash"], "text": None}
    add_instances(browser.services, 1)
    assert editor(at.run())["schema"]["text"]


def test_the_built_editor_is_there_with_the_licences_of_all_its_parts() -> None:
    folder = ROOT / "amc" / "ui" / "editor" / "dist"
    built = (folder / "editor.js").read_text(encoding="utf-8")
    assert "export{" in built
    licences = (folder / "licences.txt").read_text(encoding="utf-8")
    package = json.loads((ROOT / "editor-src" / "package.json").read_text(encoding="utf-8"))
    for name, version in package["dependencies"].items():
        assert version[0].isdigit(), f"{name} has no exact version"
        assert f"{name} {version} (MIT)" in licences
    assert licences.count("Permission is hereby granted") == len(package["dependencies"])
