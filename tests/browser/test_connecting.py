"""Connecting an Amazon login in Chromium, over the local AMC's consent page."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, Visitor
from tests.integration.api.kit import LocalAmc

Visit = Callable[[Server], Visitor]


class OwnName(Server):
    """A server under the name that Amazon sends the browser back to."""

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://localhost:{self.port}"


@dataclass
class Unconnected:
    """An app that has no login yet, and the local AMC that it talks to."""

    amc: LocalAmc
    server: Server


@pytest.fixture
def unconnected(
    start: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Unconnected]:
    with LocalAmc(tmp_path_factory.mktemp("local-amc")) as amc:
        found = start(AMC_API_URL=amc.url)
        yield Unconnected(amc, OwnName(found.folder, found.port, found.process, found.environment))


def to_consent(visitor: Visitor, button: str = "Connect with Amazon") -> Page:
    """From the settings page to Amazon's consent page, which opens in a tab of its own."""
    page = visitor.page
    page.get_by_role("button", name=button).click()
    link = page.get_by_role("link", name="Go to Amazon's consent page")
    expect(link).to_be_visible()
    with visitor.context.expect_page() as opened:
        link.click()
    consent = opened.value
    expect(consent.get_by_role("heading", name="Login with Amazon")).to_be_visible()
    return consent


def picture(page: Page, folder: Path, name: str) -> None:
    """Keep what a person sees at both widths."""
    for width in (1440, 900):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(600)
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)


def test_denied_then_allowed_then_58_instances(
    unconnected: Unconnected, visit: Visit, tmp_path: Path
) -> None:
    visitor = visit(unconnected.server)
    visitor.enter("admin")
    visitor.open("/settings")
    expect(visitor.page.get_by_text("No Amazon login is connected yet")).to_be_visible()
    picture(visitor.page, tmp_path, "before")

    consent = to_consent(visitor)
    consent.get_by_role("button", name="Cancel").click()
    expect(consent.get_by_text("consent was denied")).to_be_visible()
    assert "state=" not in consent.url
    picture(consent, tmp_path, "denied")
    assert visitor.context.pages[0] is visitor.page

    consent = to_consent(Visitor(visitor.context, consent, visitor.server))
    consent.get_by_role("button", name="Allow").click()
    expect(consent.get_by_text("The Amazon login is connected")).to_be_visible()
    assert "code=" not in consent.url
    assert consent.url.startswith(f"{unconnected.server.url}/settings")
    expect(consent.get_by_text("2 AMC accounts")).to_be_visible()
    picture(consent, tmp_path, "connected")

    consent.get_by_role("button", name="Test", exact=True).click()
    expect(consent.get_by_text("The login works: 2 AMC accounts.")).to_be_visible()
    remove = consent.get_by_role("button", name="Remove", exact=True)
    expect(remove).to_have_count(1)  # while a page is drawn anew, the old one still stands
    remove.click()
    expect(consent.get_by_text("58 instances cannot be asked")).to_be_visible()
    picture(consent, tmp_path, "removing")
    consent.get_by_role("button", name="Keep it").click()

    consent.goto(f"{unconnected.server.url}/instances")
    expect(consent.get_by_text("58").first).to_be_visible()
    assert "Traceback" not in unconnected.server.log
    for secret in ("Atzr|", "Atza|"):
        assert secret not in unconnected.server.log
