"""Pictures of every page for the documentation.

`SCREENSHOTS=1 pytest tests/browser/test_screenshots.py` makes them; other runs leave the tree as
it is and collect nothing here.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from amc.settings import ROOT
from tests.browser.conftest import Visitor, watch
from tests.browser.site import PATIENCE_MS, Site, running_site
from tests.worlds import until

FOLDER = ROOT / "docs" / "screenshots"
WIDTHS = (1440, 900)
LARGEST = 300_000  # bytes
TALLEST = 1_400  # pixels


def picture_every_page(chromium: Browser, tmp_path: Path) -> None:
    """Start an installation, fill it, and take every picture at both widths."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running_site(tmp_path) as site:
        path, overlap = fill(site)
        for width in WIDTHS:
            context = chromium.new_context(viewport={"width": width, "height": 900})
            visitor = Visitor(context, context.new_page(), site.server)
            watch(visitor)
            visitor.open("/")
            visitor.sign_in("admin")
            expect(visitor.page.get_by_role("link", name="Settings")).to_be_visible()
            for name, address, prepare in views(path, overlap):
                take(visitor, name, address, width, prepare)
            assert visitor.foreign() == []
            context.close()


Prepare = Callable[[Page], None]


def views(path: str, overlap: str) -> list[tuple[str, str, Prepare | None]]:
    """Name of the picture, address, and what is done before it is taken."""
    return [
        ("fleet", "/", None),
        ("query_builder", "/query_builder?template_name=Cross-channel+performance", choose),
        ("sql_editor", "/query_builder?mode=SQL", write_with_findings),
        ("sql_explain", "/query_builder?mode=SQL", write_and_explain),
        ("executions", "/executions", None),
        ("result_table", f"/executions?execution={path}", None),
        ("result_chart", f"/executions?execution={path}&show=Chart", None),
        ("result_overlap", f"/executions?execution={overlap}&show=Chart", None),
        ("schedules", "/schedules", open_first_row),
        ("mappings", "/mappings", None),
        ("instances", "/instances", None),
        ("settings", "/settings", None),
    ]


def choose(page: Page) -> None:
    """Two instances for the preview."""
    for name in ("NeverMeh Sandbox", "boldbark"):
        page.get_by_role("combobox", name="Instances").fill(name)
        page.get_by_role("option").filter(has_text=name).first.click()
        settled(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Run on 2 instances")).to_be_visible()


FAULTY = """-- reach and cost of each campaign, beside its clicks
WITH reach AS (
    SELECT i.campaign, i.user_id, SUM(i.total_cost) AS cost
    FROM dsp_impressions i
    WHERE i.advertiser_id = CUSTOM_PARAMETER('advertiser')
    GROUP BY 1, 2
)
SELECT r.campaing, COUNT(DISTINCT r.user_id) AS users, SUM(r.cost) / 1000 AS cost
FROM reach r
LEFT JOIN dsp_clicks c ON r.user_id = c.user_id
GROUP BY 1
LIMIT 100"""

GOOD = """-- impressions and clicks of each campaign
WITH seen AS (
    SELECT campaign, user_id, SUM(impressions) AS impressions
    FROM dsp_impressions
    WHERE advertiser_id = CUSTOM_PARAMETER('advertiser')
    GROUP BY 1, 2
), clicked AS (
    SELECT campaign, user_id, SUM(clicks) AS clicks
    FROM TABLE(EXTEND_TIME_WINDOW('dsp_clicks', 'P0D', 'P14D'))
    GROUP BY 1, 2
)
SELECT s.campaign, COUNT(DISTINCT s.user_id) AS users, SUM(s.impressions) AS impressions,
    SUM(c.clicks) AS clicks
FROM seen s
LEFT JOIN clicked c ON s.campaign = c.campaign AND s.user_id = c.user_id
WHERE s.campaign IN ({{ campaigns }})
GROUP BY 1"""


def write(page: Page, sql: str) -> None:
    """A query in the editor, checked and explained."""
    box = page.get_by_role("textbox", name="AMC SQL")
    box.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(sql)
    expect(page.locator(".amc-summary")).not_to_be_empty()
    expect(page.get_by_text("One row per campai").first).to_be_visible()
    page.mouse.move(0, 0)


def write_with_findings(page: Page) -> None:
    """Findings with a reason, and the tables searched."""
    write(page, FAULTY)
    expect(page.get_by_text("There is no column 'campaing'").first).to_be_visible()
    page.locator(".amc-why summary").first.click()
    search = page.get_by_label("Search tables and columns")
    if not search.is_visible():
        page.locator(".amc-explorer > summary").click()
    search.fill("supply cost")
    expect(page.locator(".amc-unit").first).to_be_visible()


def write_and_explain(page: Page) -> None:
    """What a query does."""
    write(page, GOOD)
    page.get_by_text("What this query does").click()
    expect(page.get_by_role("cell", name="2 users").first).to_be_visible()


def open_first_row(page: Page) -> None:
    """A schedule with its slots."""
    canvas = page.locator("[data-testid=stDataFrame] canvas").first
    expect(canvas).to_be_visible()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + 52)
    expect(page.get_by_role("button", name="Run now")).to_be_visible()


def settled(page: Page) -> None:
    """Wait until script and pictures have come to rest."""
    expect(page.locator("[data-testid=stApp][data-test-script-state=running]")).to_have_count(0)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def take(visitor: Visitor, name: str, address: str, width: int, prepare: Prepare | None) -> None:
    page = visitor.page
    page.set_viewport_size({"width": width, "height": 900})
    visitor.open(address)
    expect(page.get_by_test_id("stHeading").first).to_be_visible()
    settled(page)
    if prepare is not None:
        prepare(page)
        settled(page)
    if "Chart" in address:
        expect(page.locator(".js-plotly-plot").first).to_be_visible()
    height = page.get_by_test_id("stMainBlockContainer").evaluate("e => e.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(700, min(int(height) + 20, TALLEST))})
    page.get_by_test_id("stMain").evaluate("e => e.scrollTo(0, 0)")
    page.wait_for_timeout(1_500)
    file = FOLDER / f"{name}-{width}.png"
    page.screenshot(path=file)
    assert file.stat().st_size < LARGEST, f"{file.name} is {file.stat().st_size} bytes"
    assert page.get_by_test_id("stAlert").filter(has_text="could not be shown").count() == 0


def fill(site: Site) -> tuple[str, str]:
    """Runs, a schedule and names; gives a result with paths and one with an overlap."""
    with site.world.services() as services:
        from amc.cli.up import demo_of
        from amc.services.schedules import ScheduleDraft

        demo_of(services).fill()
        everything = [i.instance_id for i in services.instances.all()]
        for name, cron, template in (
            ("Weekly performance, all brands", "0 8 * * 1", "cross-channel-performance"),
            ("Monthly paths to conversion", "0 7 1 * *", "path-to-conversion"),
            ("Daily reach and frequency", "0 6 * * *", "campaign-reach-frequency"),
        ):
            services.schedules.create(
                "analyst",
                ScheduleDraft(
                    name=name, cron=cron, zone="America/New_York", window_rule="last-30-days",
                    template=template, instance_ids=tuple(everything[:12]),
                ),
            )  # fmt: skip

        def live() -> int:
            counts = services.executions.counts(24)
            return sum(counts.by_state.values()) - counts.total(
                "READY", "FAILED", "REJECTED", "CANCELLED"
            )

        until(lambda: live() == 0, PATIENCE_MS / 1000 * 3, "the end of the first runs", every=1)
        for number, row in enumerate(services.mappings.unmapped()[:12]):
            services.mappings.save(
                "analyst", ad_product="", campaign_id=row.campaign_id,
                name=f"Kitchen spring {number + 1}", brand=("Alderpine", "NeverMeh")[number % 2],
                tags=["2026", "always on"][: 1 + number % 2],
            )  # fmt: skip
        rows, _ = services.executions.page(limit=50)
        by_template = {r.template: r.id for r in rows if r.status == "READY"}
        return by_template["path-to-conversion"], by_template["audience-overlap"]


if os.environ.get("SCREENSHOTS"):
    test_every_page_is_pictured_at_both_widths = pytest.mark.timeout(1_500)(picture_every_page)
