"""The whole job of an analyst, in Chromium, over real processes."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Download, Locator, Page, expect

from amc.db.models import Instance
from tests.browser.conftest import Server, Visitor
from tests.browser.site import PATIENCE_MS, Site, running_site

HOSTILE = "**B** <b>x</b> $x^2$ :smile: [l](http://example.com) <img src=x onerror=alert(1)>"
INSTANCES = ("NeverMeh Sandbox", "Recommerce Sandbox", HOSTILE)
TEMPLATE = "Cross-channel performance"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site")) as site:
        with site.world.services() as services, services.database.write() as session:
            session.query(Instance).filter_by(name="alderpine").one().name = HOSTILE
        yield site


def cells(page: Page) -> Locator:
    """The cells of the tables on the screen, as a screen reader has them."""
    return page.locator("[data-testid=stDataFrame] canvas td")


def open_row(page: Page, number: int = 0) -> None:
    """Tick a row of the first table."""
    canvas = page.locator("[data-testid=stDataFrame] canvas").first
    expect(canvas).to_be_visible()
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + 35 + 35 * number + 17)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_test_id("stMain").get_by_role("combobox", name=label).first.click()
    page.get_by_role("option", name=option, exact=True).click()


def ready(page: Page) -> None:
    """Wait until the script has come to its end."""
    expect(page.locator("[data-testid=stApp][data-test-script-state=running]")).to_have_count(0)


def fetch(page: Page, name: str) -> Download:
    with page.expect_download(timeout=60_000) as waiting:
        page.get_by_role("link", name=name, exact=True).click()
    return waiting.value


@pytest.mark.timeout(900)
def test_the_main_job_from_sign_in_to_sign_out(
    site: Site, visit: Callable[[Server], Visitor], chromium: Browser, tmp_path: Path
) -> None:
    visitor = visit(site.server)
    page = visitor.page
    page.set_default_timeout(60_000)
    visitor.open("/query_builder")
    visitor.sign_in("analyst")

    # A template on three instances; a double click makes one run.
    expect(page.get_by_role("heading", name="Query builder")).to_be_visible()
    ready(page)
    choose(page, "Template", TEMPLATE)
    ready(page)
    choose(page, "Data window", "Last 7 days")
    ready(page)
    for name in INSTANCES:
        field = page.get_by_role("combobox", name="Instances")
        field.fill(name[:12])
        page.get_by_role("option").filter(has_text=name).first.click()
        ready(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Run on 3 instances").dblclick()

    # They finish while the page is watched.
    expect(page.get_by_role("heading", name="Executions")).to_be_visible()
    expect(cells(page).filter(has_text="● Ready")).to_have_count(3, timeout=PATIENCE_MS)
    expect(cells(page).filter(has_text=HOSTILE)).to_have_count(1)
    with site.world.services() as services:
        assert services.executions.page()[1] == 3
    truth = site.world.truth()
    assert len(truth) == 3

    # The result: table, chart, files.
    open_row(page)
    expect(page.get_by_role("heading", name=TEMPLATE)).to_be_visible()
    expect(page.get_by_role("tab", name="Table")).to_be_visible()
    old_result = page.url
    expect(cells(page).filter(has_text="Sponsored Products").first).to_be_attached()
    page.get_by_role("tab", name="Chart").click()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    page.get_by_role("tab", name="Table").click()
    raw = tmp_path / "r.csv"
    fetch(page, "Raw CSV (exact bytes)").save_as(raw)
    with raw.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    campaign = next(row["campaign_id"] for row in rows if row["campaign_id"])
    book = tmp_path / "r.xlsx"
    fetch(page, "Excel").save_as(book)
    sheet = openpyxl.load_workbook(book).worksheets[0]
    values = {str(cell) for row in sheet.iter_rows(values_only=True) for cell in row}
    assert campaign in values

    # A schedule from the run, due within the minute, seen to fire.
    page.get_by_role("button", name="Schedule", exact=True).click()
    expect(page.get_by_role("heading", name="New schedule")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Each minute <b>x</b>")
    page.keyboard.press("Enter")
    ready(page)
    page.get_by_role("textbox", name="CRON rule").fill("* * * * *")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Every minute")).to_be_visible()
    ready(page)
    page.get_by_role("button", name="Save the schedule").click()
    expect(page.get_by_role("heading", name="Each minute <b>x</b>")).to_be_visible()
    expect(cells(page).filter(has_text="● Ran").first).to_be_attached(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()

    # Names for campaigns, with a bad row; the name is seen in the old result.
    visitor.open("/mappings")
    page.get_by_role("tab", name="Import and export").click()
    names = tmp_path / "names.csv"
    with names.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["ad_product", "campaign_id", "name", "brand", "tags"])
        writer.writerow(["", campaign, HOSTILE, "Acme", "a|b"])
        writer.writerow(["", "", "No id at all", "Acme", ""])
    page.locator("input[type=file]").set_input_files(names)
    expect(cells(page).filter(has_text="cannot be used")).to_have_count(1)
    page.get_by_role("button", name="Save 1 row").click()
    expect(page.get_by_text("1 new and 0 changed names saved")).to_be_visible()
    page.goto(old_result)
    expect(cells(page).filter(has_text=HOSTILE).first).to_be_attached()
    assert page.locator("[data-testid=stMain] b, img[src=x]").count() == 0

    # Out; the cookie of before is worth nothing, and nothing left the machine.
    cookies = visitor.context.cookies()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("User name")).to_be_visible()
    with chromium.new_context() as replay:
        replay.add_cookies(cookies)  # type: ignore[arg-type]
        other = replay.new_page()
        other.goto(old_result)
        expect(other.get_by_label("User name")).to_be_visible()
        refused = replay.request.get(
            f"{site.server.url}/download/{old_result.partition('execution=')[2]}/csv"
        )
        assert refused.status == 403
    assert visitor.foreign() == []
    assert visitor.dialogs == []
    assert "Traceback" not in site.server.log
