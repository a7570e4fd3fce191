import pytest
from streamlit.testing.v1 import AppTest

from amc.db.mapping_models import NamePart
from amc.db.models import Connection
from amc.ui import keys
from tests.pages.conftest import Browser
from tests.pages.world import (
    HOSTILE,
    add_executions,
    add_instances,
    add_mapping,
    add_result,
)

CSV = "ad_product,campaign_id,name,brand,tags\n,77,Bought,Acme,a|b\n,,No id,Acme,\n"


@pytest.fixture(autouse=True)
def _signed_in(browser: Browser) -> None:
    browser.sign_in("analyst", "ann")


def test_without_mappings_every_tab_says_so(browser: Browser) -> None:
    for tab, said in (
        ("Campaigns", "No campaign has a name yet"),
        ("Products", "No product has a name yet"),
        ("Without a name", "Every campaign id of the results has a name"),
    ):
        at = browser.open("mappings", **{keys.MAP_TAB: tab})
        assert not at.exception
        assert not at.error
        assert said in at.info[0].value
        assert "Never fetched." in [c.value for c in at.caption]


def test_the_list_shows_names_as_they_are_and_filters(browser: Browser) -> None:
    add_mapping(browser.services, "1001", HOSTILE)
    add_mapping(browser.services, "1002", "Autumn")
    at = browser.open("mappings")
    assert set(at.dataframe(key=keys.MAP_TABLE).value["Name"]) == {HOSTILE, "Autumn"}
    at.text_input(key=keys.MAP_TEXT).set_value("autumn").run()
    assert list(at.dataframe(key=keys.MAP_TABLE).value["Campaign id"]) == ["1002"]
    at.text_input(key=keys.MAP_TEXT).set_value("zzz").run()
    assert "No campaign fits" in at.info[0].value
    at.text_input(key=keys.MAP_TEXT).set_value("").run()
    at.selectbox(key=keys.MAP_BRAND).set_value("Acme").run()
    assert len(at.dataframe(key=keys.MAP_TABLE).value) == 2


def add_by_hand(at: AppTest, campaign: str, name: str) -> AppTest:
    [field] = [t for t in at.text_input if t.label == "Campaign id"]
    field.set_value(campaign)
    [label] = [t for t in at.text_input if t.label == "Name"]
    label.set_value(name)
    [save] = [b for b in at.button if b.label == "Save"]
    return save.click().run()


def test_a_mapping_is_added_by_hand_and_one_without_an_id_is_refused(browser: Browser) -> None:
    at = add_by_hand(browser.open("mappings"), "42", "Launch")
    assert not at.error
    rows, _ = browser.services.mappings.page()
    assert [(r.campaign_id, r.name) for r in rows] == [("42", "Launch")]
    at = add_by_hand(browser.open("mappings"), " ", "Launch")
    assert not at.exception
    assert at.error
    assert browser.services.mappings.page()[1] == 1


def test_an_import_shows_a_verdict_for_each_row_before_it_saves_the_good_ones(
    browser: Browser,
) -> None:
    at = browser.open("mappings", **{keys.MAP_TAB: "Import and export"})
    at.file_uploader(key=keys.MAP_UPLOAD).upload("m.csv", CSV.encode(), "text/csv").run()
    assert not at.exception
    assert browser.services.mappings.page()[1] == 0
    [verdicts] = [d.value for d in at.dataframe if "Verdict" in d.value.columns]
    assert sorted(verdicts["Verdict"]) == ["✕ cannot be used", "＋ new"]
    assert at.button(key=keys.MAP_SAVE).label == "Save 1 row"
    at.button(key=keys.MAP_SAVE).click().run()
    assert "1 new and 0 changed names saved; 1 row could not be used" in at.success[0].value
    assert [r.name for r in browser.services.mappings.page()[0]] == ["Bought"]


def test_ids_of_results_without_a_name_are_listed(browser: Browser, tmp_path: object) -> None:
    from pathlib import Path

    instances = add_instances(browser.services)
    [execution] = add_executions(browser.services, instances, ["READY"])
    add_result(browser.services, execution, Path(str(tmp_path)) / "r", [("5001", 1), ("5002", 2)])
    add_mapping(browser.services, "5001")
    at = browser.open("mappings", **{keys.MAP_TAB: "Without a name"})
    [frame] = [d.value for d in at.dataframe if "Last seen in" in d.value.columns]
    assert list(frame["Campaign id"]) == ["5002"]


def test_a_viewer_may_read_and_not_save(browser: Browser) -> None:
    add_mapping(browser.services)
    browser.sign_in("viewer", "vera")
    at = browser.open("mappings")
    assert not at.exception
    assert at.button(key=keys.NAMES_FETCH).disabled
    assert all(b.disabled for b in at.button if b.label == "Save")
    at = browser.open("mappings", **{keys.MAP_TAB: "Brand rules"})
    assert at.button(key=keys.RULES_SAVE).disabled
    at = browser.open("mappings", **{keys.MAP_TAB: "Import and export"})
    at.file_uploader(key=keys.MAP_UPLOAD).upload("m.csv", CSV.encode(), "text/csv").run()
    assert "needs the role analyst" in at.warning[-1].title


def add_login(browser: Browser) -> None:
    now = browser.services.clock.now()
    with browser.services.database.write() as session:
        session.add(
            Connection(
                public_id="cn_0123456789abcdef", label="Main", region="NA", client_id="c",
                refresh_token=b"", state="valid", created_at=now, consented_at=now,
            )
        )  # fmt: skip


def test_names_are_asked_for_by_a_click_and_how_far_it_is_is_shown(browser: Browser) -> None:
    at = browser.open("mappings")
    at.button(key=keys.NAMES_FETCH).click().run()
    assert "no Amazon connection" in " ".join(str(e.title) + e.value for e in at.error)
    add_login(browser)
    at = browser.open("mappings")
    at.button(key=keys.NAMES_FETCH).click().run()
    assert not at.exception
    assert browser.services.names.progress().running
    assert at.button(key=keys.NAMES_FETCH).disabled
    with browser.services.database.write() as session:
        for part in session.query(NamePart):
            part.state, part.reason, part.label = "FAILED", "Amazon said no", HOSTILE
    at = browser.open("mappings")
    assert "1 list could not be read" in at.expander[0].label
    assert list(at.dataframe[0].value["Why"]) == ["Amazon said no"]
    assert not at.button(key=keys.NAMES_FETCH).disabled


def test_products_are_listed_and_searched(browser: Browser) -> None:
    browser.services.mappings.save_asin("ann", asin="B000000001", title="Kettle", brand="Acme")
    browser.services.mappings.save_asin("ann", asin="B000000002", title=HOSTILE)
    at = browser.open("mappings", **{keys.MAP_TAB: "Products"})
    assert not at.exception
    assert set(at.dataframe[0].value["Title"]) == {"Kettle", HOSTILE}
    at.text_input(key=keys.ASIN_TEXT).set_value("kett").run()
    assert list(at.dataframe[0].value["ASIN"]) == ["B000000001"]
