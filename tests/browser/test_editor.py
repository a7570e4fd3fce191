"""The SQL editor in Chromium, in the app."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from amc.container import build_services
from amc.settings import Settings
from tests.browser.conftest import Server, Visitor, start_server, stop_server

Visit = Callable[[Server], Visitor]
WRONG = "SELECT campaing, SUM(impressions) AS n\nFROM dsp_impressions\nGROUP BY 1"


def forget_drafts(server: Server) -> None:
    """Each test begins with an empty editor."""
    with closing(sqlite3.connect(server.folder / "data" / "amc.db", timeout=30)) as database:
        database.execute("DELETE FROM drafts")
        database.commit()


def signed_in(server: Server, visit: Visit, *, fresh: bool = True) -> Visitor:
    if fresh:
        forget_drafts(server)
    visitor = visit(server)
    visitor.open("/query_builder?mode=SQL")
    visitor.sign_in("analyst")
    expect(box(visitor.page)).to_be_visible()
    return visitor


def box(page: Page) -> Locator:
    return page.get_by_role("textbox", name="AMC SQL")


def choose_sql(page: Page) -> None:
    """The mode is another's business: chosen where the page does not come back to it."""
    mode = page.get_by_role("radio", name="SQL")
    expect(mode).to_be_visible()
    if not mode.is_checked():
        mode.click()
    expect(box(page)).to_be_visible()


def text_of(page: Page) -> str:
    lines: list[str] = box(page).locator(".cm-line").all_inner_texts()
    return "\n".join(line.replace("\n", "") for line in lines)


def put(page: Page, sql: str) -> None:
    """As a paste does: at once, without the help that typing gets."""
    box(page).click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(sql)


def test_findings_are_underlined_and_listed_and_nothing_leaves_the_machine(
    server: Server, visit: Visit
) -> None:
    visitor = signed_in(server, visit)
    page = visitor.page
    put(page, WRONG)
    expect(page.locator(".cm-lintRange-error")).to_have_text("campaing")
    expect(page.get_by_role("button", name="line 1, column 8")).to_be_visible()
    page.locator(".cm-lintRange-error").hover()
    expect(page.locator(".cm-diagnostic")).to_contain_text("There is no column 'campaing'")
    page.mouse.move(0, 0)
    page.locator(".amc-why summary").first.click()
    expect(page.get_by_text("unknown-column")).to_be_visible()
    page.get_by_role("button", name="Write campaign").click()
    expect(page.locator(".cm-lintRange-error")).to_have_count(0)
    expect(page.get_by_role("button", name="line 1, column 8")).to_have_count(0)
    assert text_of(page) == WRONG.replace("campaing", "campaign")
    assert visitor.foreign() == []
    assert "Traceback" not in server.log


def test_what_is_typed_survives_reruns_another_page_another_mode_and_a_reload(
    server: Server, visit: Visit
) -> None:
    page = signed_in(server, visit).page
    box(page).click()
    typed = (
        "SELECT campaign, brand_name, COUNT(*) AS rows_in FROM dsp_clicks GROUP BY 1, 2 -- reruns"
    )
    page.keyboard.type(typed, delay=25)
    assert text_of(page) == typed
    page.get_by_role("link", name="Mappings").click()
    expect(page.get_by_role("heading", name="Mappings", exact=True)).to_be_visible()
    page.get_by_role("link", name="Query builder").click()
    choose_sql(page)
    expect(box(page)).to_contain_text("-- reruns")
    assert text_of(page) == typed
    page.keyboard.press("Escape")
    box(page).click()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type(" and a reload")
    page.reload()
    choose_sql(page)
    expect(box(page)).to_contain_text("-- reruns and a reload")
    expect(page.get_by_text("Write a query above")).to_have_count(0)
    assert text_of(page) == typed + " and a reload"


def test_ctrl_enter_is_refused_with_the_finding_and_the_cursor_goes_there(
    server: Server, visit: Visit
) -> None:
    page = signed_in(server, visit).page
    put(page, "SELECT 1")
    put(page, WRONG)
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_text("Not run: 1 error in the query. Line 1, column 8")).to_be_visible()
    expect(box(page)).to_be_focused()
    expect(page.locator(".cm-selectionBackground").first).to_be_visible()
    page.keyboard.insert_text("campaign")
    expect(page.get_by_text("Not run: 1 error")).to_have_count(0)
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_text("Not run: choose instances")).to_be_visible()
    assert text_of(page) == WRONG.replace("campaing", "campaign")


def test_explorer_hover_and_explanation_stand_beside_the_text(server: Server, visit: Visit) -> None:
    visitor = signed_in(server, visit)
    page = visitor.page
    put(page, "SELECT  FROM dsp_impressions i GROUP BY 1")
    for _ in range(len(" FROM dsp_impressions i GROUP BY 1")):
        page.keyboard.press("ArrowLeft")
    page.get_by_label("Search tables and columns").fill("dsp_impressions campaign_id ")
    page.get_by_role("button", name="dsp_impressions", exact=True).click()
    page.get_by_title("Insert campaign_id").first.click()
    expect(box(page)).to_be_focused()
    page.keyboard.insert_text(", SUM(impressions) AS n")
    expect(box(page)).to_contain_text("SELECT campaign_id, SUM(impressions) AS n FROM")
    expect(page.get_by_text("One row per campaign_id")).to_be_visible()
    page.get_by_text("What this query does").click()
    expect(page.get_by_role("cell", name="2 users").first).to_be_visible()
    page.locator(".cm-line span", has_text="SUM").first.hover()
    expect(page.locator(".cm-tooltip-hover")).to_contain_text("SUM(x)")
    assert visitor.foreign() == []


def test_a_draft_comes_back_in_another_browser_and_after_a_restart(
    start: Callable[..., Server], visit: Visit
) -> None:
    first = start()
    page = signed_in(first, visit).page
    put(page, "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks WHERE advertiser_id = ")
    page.keyboard.insert_text("CUSTOM_PARAMETER('adv') GROUP BY 1 -- kept")
    field = page.get_by_role("textbox", name="adv (whole number)")
    field.fill("12")
    field.press("Enter")
    expect(page.get_by_text("Not ready")).to_have_count(0)
    typed = text_of(page)
    other = signed_in(first, visit, fresh=False).page
    expect(box(other)).to_contain_text("-- kept")
    expect(other.get_by_role("textbox", name="adv (whole number)")).to_have_value("12")
    stop_server(first)
    second = start_server(first.folder)
    try:
        later = signed_in(second, visit, fresh=False).page
        expect(box(later)).to_contain_text("-- kept")
        assert text_of(later) == typed
        expect(later.get_by_role("textbox", name="adv (whole number)")).to_have_value("12")
    finally:
        stop_server(second)


def test_what_is_typed_when_the_sign_in_has_expired_is_there_after_the_next(
    server: Server, visit: Visit
) -> None:
    visitor = visit(server)
    page = visitor.page
    visitor.enter("expired")
    visitor.open("/query_builder?mode=SQL")
    put(page, "SELECT 1 -- before")
    expect(page.get_by_role("button", name="line 1, column 8")).to_be_visible()
    settings = Settings(_env_file=None, data_dir=server.folder / "data")
    services = build_services(settings)
    services.users.disable("admin", "expired")
    services.users.enable("admin", "expired")
    services.close()
    box(page).click()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.insert_text(" and after")
    expect(page.get_by_label("User name")).to_be_visible()
    visitor.sign_in("expired")
    choose_sql(page)
    expect(box(page)).to_contain_text("SELECT 1 -- before and after")


def test_the_drafts_are_listed_and_opened(server: Server, visit: Visit) -> None:
    visitor = visit(server)
    page = visitor.page
    visitor.enter("writer")
    visitor.open("/query_builder?mode=SQL")
    put(page, "-- the first piece\nSELECT 1")
    expect(page.get_by_text("What this query does")).to_be_visible()
    page.get_by_role("button", name="New", exact=True).click()
    expect(page.get_by_text("Write a query above")).to_be_visible()
    expect(page.locator(".cm-placeholder")).to_be_visible()
    put(page, "-- the second piece\nSELECT 2")
    expect(page.get_by_text("What this query does")).to_be_visible()
    page.get_by_role("button", name="Drafts").click()
    page.get_by_role("button", name="the first piece").click()
    expect(box(page)).to_contain_text("-- the first piece")
    page.reload()
    choose_sql(page)
    expect(box(page)).to_contain_text("-- the first piece")


def test_completion_knows_tables_and_columns_by_alias(server: Server, visit: Visit) -> None:
    page = signed_in(server, visit).page
    put(page, "SELECT  FROM dsp_impressions i")
    page.keyboard.press("Home")
    for _ in range(len("SELECT ")):
        page.keyboard.press("ArrowRight")
    page.keyboard.type("i.total_c", delay=20)
    expect(page.get_by_role("option", name="total_cost")).to_be_visible()
    page.wait_for_timeout(300)  # an Enter in the first moment is meant for the text, not the list
    page.keyboard.press("Enter")
    expect(box(page)).to_contain_text("SELECT i.total_cost FROM dsp_impressions i")


def test_the_page_can_be_left_by_keyboard_and_its_short_cuts_do_not_fire(
    server: Server, visit: Visit
) -> None:
    page = signed_in(server, visit).page
    box(page).focus()
    page.keyboard.type("r c ")
    assert text_of(page) == "r c "
    expect(page.get_by_test_id("stDialog")).to_have_count(0)
    page.keyboard.press("Tab")
    assert text_of(page) == "    r c "
    expect(box(page)).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(box(page)).not_to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_are_readable_on_their_ground(server: Server, visit: Visit, scheme: Any) -> None:
    visitor = visit(server)
    visitor.page.emulate_media(color_scheme=scheme)
    visitor.open("/query_builder?mode=SQL")
    visitor.sign_in("analyst")
    page = visitor.page
    put(page, "SELECT SUM(clicks) AS n, 'x' -- note\nFROM dsp_clicks WHERE a > 10")
    expect(page.locator(".cm-line span").first).to_be_visible()
    ratios = box(page).evaluate(CONTRAST)
    assert len(ratios) >= 5
    assert min(ratios.values()) >= 4.5, ratios
    put(
        page,
        "SELECT campaing, user_id, SUM(total_cost) / 1000 AS n FROM dsp_impressions GROUP BY 1",
    )
    expect(page.get_by_role("button", name="Write campaign")).to_be_visible()
    page.locator(".amc-why summary").first.click()
    for searched in ("supply_cost", "user_id", "click_cost"):
        page.get_by_label("Search tables and columns").fill(searched)
        expect(page.locator(".amc-chip").first).to_be_visible()
        around = page.locator(".amc-desk").evaluate(CONTRAST_AROUND)
        assert len(around) >= 6
        assert min(around.values()) >= 4.5, around


CONTRAST_AROUND = """desk => {
  const parts = c => c.match(/[\\d.]+/g).map(Number);
  const light = c => {
    const [r, g, b] = parts(c).map(v => v / 255)
      .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = part => {
    for (let at = part; at; at = at.parentElement ?? at.getRootNode().host) {
      const colour = getComputedStyle(at).backgroundColor;
      if (parts(colour).length < 4 || parts(colour)[3] > 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = {};
  for (const part of desk.querySelectorAll('*')) {
    const says = [...part.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!says || part.closest('.cm-editor') || !part.getClientRects().length) continue;
    const ink = light(getComputedStyle(part).color), under = light(ground(part));
    const ratio = (Math.max(ink, under) + 0.05) / (Math.min(ink, under) + 0.05);
    found[part.className || part.tagName] = Math.min(ratio, found[part.className] ?? 99);
  }
  return found;
}"""


CONTRAST = """box => {
  const light = c => {
    const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(v => v / 255)
      .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = light(getComputedStyle(box.closest('.cm-editor')).backgroundColor);
  const found = {};
  for (const part of [box, ...box.querySelectorAll('.cm-line span')]) {
    const colour = getComputedStyle(part).color, ink = light(colour);
    found[colour] = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
  }
  return found;
}"""
