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
