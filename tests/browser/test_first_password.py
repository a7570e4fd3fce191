"""A password that an administrator has made, in Chromium: the form first, then the page."""

from collections.abc import Callable

from playwright.sync_api import expect

from amc.container import build_services
from amc.settings import Settings
from tests.browser.conftest import Server, Visitor

NEW = "another-quiet-harbour-9"


def reset(server: Server, name: str) -> str:
    settings = Settings(_env_file=None, data_dir=server.folder / "data", app_port=server.port)
    services = build_services(settings)
    password = services.users.reset_password("test", name)
    services.close()
    return password


def test_a_reset_password_shows_the_form_on_a_deep_link_and_then_that_page(
    server: Server, visit: Callable[[Server], Visitor]
) -> None:
    password = reset(server, "analyst")
    visitor = visit(server)
    page, asked_for = visitor.page, f"{server.url}/executions?state=FAILED"
    visitor.open("/executions?state=FAILED")
    visitor.sign_in("analyst", password)
    expect(page.get_by_role("heading")).to_have_text(["Choose a new password"])
    expect(page.get_by_test_id("stSidebar")).to_have_count(0)
    expect(page.get_by_test_id("stPageLink")).to_have_count(0)
    assert page.url == asked_for
    visitor.open("/settings")
    expect(page.get_by_role("heading")).to_have_text(["Choose a new password"])
    refused = page.request.get(f"{server.url}/download/ex_0000000000000000/csv")
    assert refused.status == 403
    assert page.request.get(f"{server.url}/_stcore/metrics").status == 403
    assert b"Scheduler" not in b"".join(visitor.frames)
    visitor.open("/executions?state=FAILED")
    page.get_by_label("Present password").fill(password)
    page.get_by_label("New password (12 characters or more)").fill(NEW)
    page.get_by_label("New password again").fill(NEW)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("Your password is changed")).to_be_visible()
    visitor.sign_in("analyst", NEW)
    expect(page.get_by_role("heading", name="Executions")).to_be_visible()
    assert page.url == asked_for
    assert "Traceback" not in server.log
