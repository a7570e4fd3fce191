"""Downloads of the pages: safe in a spreadsheet unless the button says raw."""

import csv
import io

import pytest

from amc.formula import STARTS
from amc.services.mapping_csv import read
from amc.ui import keys
from tests.pages.conftest import Browser
from tests.pages.world import add_executions, add_instances


@pytest.fixture
def ready(browser: Browser) -> Browser:
    browser.sign_in("analyst", "ann")
    ids = add_instances(browser.services, 1)
    add_executions(browser.services, ids, ["READY"])
    return browser


def test_the_first_button_of_a_result_is_safe_and_raw_says_so(ready: Browser) -> None:
    key = ready.services.executions.page()[0][0].id
    at = ready.open("executions", execution=key)
    assert not at.exception
    links = {b.proto.label: b.proto.url for b in at.get("link_button")}
    safe, *_, raw = [label for label in links if "/download/" in links[label]]
    assert (safe, links[safe]) == ("CSV (safe in spreadsheets)", f"/download/{key}/csv-safe")
    assert (raw, links[raw]) == ("Raw CSV (exact bytes)", f"/download/{key}/csv")


def test_the_mappings_come_safe_and_raw_says_so(browser: Browser) -> None:
    browser.sign_in("analyst", "ann")
    at = browser.open("mappings", **{keys.MAP_TAB: "Import and export"})
    labels = [b.proto.label for b in at.get("download_button")]
    assert labels[-2:] == ["Export all mappings (safe in spreadsheets)", "Raw CSV (exact bytes)"]


def test_ids_to_fill_in_are_cells_of_their_own_and_harmless() -> None:
    from amc.ui.widgets.mappings import blank_csv

    ids = ["=1+1", "a,b", '"x"', "123"]
    text = blank_csv(ids)
    assert [row[1] for row in csv.reader(io.StringIO(text, newline=""))][1:] == ["'=1+1", *ids[1:]]
    assert not [line for line in text.splitlines() if line[0] in STARTS]
    filled = text.replace("123,,", "123,Spring,")
    assert [(r.campaign_id, r.name) for r in read(filled.encode()).rows] == [("123", "Spring")]
