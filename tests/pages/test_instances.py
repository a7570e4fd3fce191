import pytest

from amc.db.models import Instance
from amc.ui import keys
from tests.pages.conftest import Browser
from tests.pages.world import HOSTILE, add_instances


@pytest.fixture
def ids(browser: Browser) -> list[str]:
    browser.sign_in("analyst", "ann")
    return add_instances(browser.services, 5)


def test_without_instances_each_tab_says_how_to_get_them(browser: Browser) -> None:
    browser.sign_in("viewer")
    for tab, said in (("Instances", "sync"), ("Schema explorer", "sync"), ("Sets", "No set yet")):
        at = browser.open("instances", **{keys.INSTANCES_TAB: tab})
        assert not at.exception
        assert said in at.info[0].value


def test_the_list_and_its_filters(browser: Browser, ids: list[str]) -> None:
    at = browser.open("instances")
    assert not at.exception
    frame = at.dataframe(key=keys.INSTANCES_TABLE).value
    assert len(frame) == 5
    assert HOSTILE in set(frame["Name"])
    at.text_input(key=keys.INSTANCES_TEXT).set_value("0003").run()
    assert list(at.dataframe(key=keys.INSTANCES_TABLE).value["Id"]) == [ids[3]]
    at.text_input(key=keys.INSTANCES_TEXT).set_value("").run()
    at.selectbox(key=keys.INSTANCES_TYPE).set_value("SANDBOX").run()
    assert list(at.dataframe(key=keys.INSTANCES_TABLE).value["Id"]) == [ids[0]]
    at.selectbox(key=keys.INSTANCES_STATE).set_value("Inactive").run()
    assert "No instance fits" in at.info[0].value


def test_a_sync_that_amazon_does_not_answer_is_said_and_changes_nothing(
    browser: Browser, ids: list[str]
) -> None:
    at = browser.open("instances")
    at.button(key=keys.SYNC).click().run()
    assert not at.exception
    assert at.error
    assert len(browser.services.instances.all()) == len(ids)


def test_a_viewer_cannot_sync(browser: Browser, ids: list[str]) -> None:
    browser.sign_in("viewer")
    assert browser.open("instances").button(key=keys.SYNC).disabled


def test_the_schema_explorer_searches_columns_and_says_what_each_needs(
    browser: Browser, ids: list[str]
) -> None:
    at = browser.open("instances", **{keys.INSTANCES_TAB: "Schema explorer"})
    at.text_input(key=keys.SCHEMA_TEXT).set_value("user_id").run()
    table = at.dataframe[0].value
    assert list(table["Column"]) == ["user_id"]
    assert list(table["Needs"]) == ["never shown"]
    at.text_input(key=keys.SCHEMA_TEXT).set_value("no such thing").run()
    assert "Nothing fits" in at.info[0].value


def test_a_set_is_made_by_hand_and_removed(browser: Browser, ids: list[str]) -> None:
    at = browser.open("instances", **{keys.INSTANCES_TAB: "Sets"})
    [name] = [t for t in at.text_input if t.label == "Name"]
    [members] = list(at.multiselect)
    name.set_value("Two of them")
    members.set_value(ids[:2])
    [save] = [b for b in at.button if b.label == "Save the set"]
    save.click().run()
    assert browser.services.instances.members("Two of them") == ids[:2]
    at.button(key=keys.SET_REMOVE_BUTTON).click().run()
    assert browser.services.instances.sets() == []
    assert not at.exception


def test_a_set_without_a_name_is_refused_in_a_sentence(browser: Browser, ids: list[str]) -> None:
    at = browser.open("instances", **{keys.INSTANCES_TAB: "Sets"})
    [save] = [b for b in at.button if b.label == "Save the set"]
    save.click().run()
    assert not at.exception
    assert at.error


def test_what_runs_where_says_why_not(browser: Browser, ids: list[str]) -> None:
    with browser.services.database.write() as session:
        row = session.query(Instance).filter_by(instance_id=ids[2]).one()
        row.source_names = []
    at = browser.open("instances", **{keys.INSTANCES_TAB: "What runs where"})
    assert not at.exception
    frame = at.dataframe(key=keys.CAPABILITY_TABLE).value
    assert list(frame["Id"]) == [k.view.instance_id for k in browser.services.instances.known()]
    titles = [t.title for t in browser.services.templates.all()]
    by_id = frame.set_index("Id")
    assert set(by_id.loc[ids[2], titles]) == {"✕ Cannot"}
    assert set(by_id.loc[ids[0], titles]) == {"？ Not asked"}
    at.selectbox(key=keys.CAPABILITY_SHOWN).set_value("cannot").run()
    assert list(at.dataframe(key=keys.CAPABILITY_TABLE).value["Id"]) == [ids[2]]
    at.selectbox(key=keys.CAPABILITY_SHOWN).set_value("runs").run()
    assert "No instance fits" in at.info[0].value
