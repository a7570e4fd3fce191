import pytest
from streamlit.testing.v1 import AppTest

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


def choose(at: AppTest, *rows: int) -> AppTest:
    at.session_state[keys.INSTANCES_TABLE] = {"selection": {"rows": list(rows), "columns": []}}
    return at.run()


def test_one_that_is_chosen_is_shown_with_all_that_is_known(
    browser: Browser, ids: list[str]
) -> None:
    with browser.services.database.write() as session:
        row = session.query(Instance).filter_by(instance_id=ids[1]).one()
        row.access, row.access_reason = "terms", "Terms and conditions must be accepted"
        row.details = {"s3BucketName": "bucket-of-one", "optionalDatasets": [{"label": "Flex"}]}
        row.advertisers = [{"id": "A1", "name": HOSTILE, "type": "DSP", "marketplaceId": "M"}]
        row.advertisers_at = browser.services.clock.now()
    at = browser.open("instances")
    rows = list(at.dataframe(key=keys.INSTANCES_TABLE).value["Id"])
    at = choose(at, rows.index(ids[1]))
    assert not at.exception
    told = " ".join(m.value for m in at.markdown)
    assert "bucket-of-one" in told
    assert "Flex" in told
    assert "Terms not accepted" in told
    assert "Accept Amazon's terms" in at.error[0].value
    labels = [e.label for e in at.expander]
    assert "1 data source" in labels
    assert [label for label in labels if label.startswith("1 advertiser")]
    [frame] = [d.value for d in at.dataframe if "Marketplace" in d.value.columns]
    assert list(frame["Name"]) == [HOSTILE]


def test_a_test_gives_each_a_verdict_and_the_one_thing_to_do(
    browser: Browser, ids: list[str]
) -> None:
    at = browser.open("instances")
    assert at.button(key=keys.INSTANCES_TEST).label == "Test access to all instances"
    at.button(key=keys.INSTANCES_TEST).click().run()
    assert not at.exception
    [frame] = [d.value for d in at.dataframe if "What to do" in d.value.columns]
    assert len(frame) == len(ids)
    assert set(frame["Verdict"]) == {"✕ Login to reconnect"}
    assert "Reconnect the Amazon login" in frame["What to do"][0]


def test_a_set_by_account_follows_its_rule(browser: Browser, ids: list[str]) -> None:
    at = browser.open("instances", **{keys.INSTANCES_TAB: "Sets"})
    [name] = [t for t in at.text_input if t.label == "Name"]
    name.set_value("Of account 2")
    [account] = [s for s in at.selectbox if s.label == "Account"]
    account.set_value("ENTITY2")
    [save] = [b for b in at.button if b.label == "Save the set"]
    save.click().run()
    assert not at.exception
    assert browser.services.instances.members("Of account 2") == [ids[1], ids[3]]
