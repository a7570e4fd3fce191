import json
import re
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from amc.ui.navigation import PAGES, PageEntry
from tests.browser.conftest import Server, Visitor

Visit = Callable[[Server], Visitor]


def path_of(name: str) -> str:
    return "/" if name == "fleet" else f"/{name}"


def expect_sign_in_only(visitor: Visitor) -> None:
    page = visitor.page
    expect(page.get_by_label("User name")).to_be_visible()
    expect(page.get_by_role("heading")).to_have_text(["AMC Manager"])
    expect(page.get_by_test_id("stSidebar")).to_have_count(0)
    expect(page.get_by_test_id("stPageLink")).to_have_count(0)


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_the_first_request_to_a_fresh_server_shows_the_sign_in_then_the_page_asked_for(
    start: Callable[..., Server], visit: Visit, entry: PageEntry
) -> None:
    server = start()
    visitor = visit(server)
    visitor.open(path_of(entry.name))
    expect_sign_in_only(visitor)
    before = b"".join(visitor.frames)
    assert b"Sign out" not in before
    assert b"Scheduler" not in before
    visitor.sign_in()
    heading = visitor.page.get_by_role("heading", name=entry.title, exact=True)
    expect(heading).to_be_visible()
    assert visitor.page.url == server.url + path_of(entry.name)
    assert visitor.foreign() == []
    assert "Traceback" not in server.log


def test_a_deep_link_keeps_its_query_through_the_sign_in(server: Server, visit: Visit) -> None:
    visitor = visit(server)
    visitor.open("/executions?state=FAILED&text=a%20b")
    visitor.sign_in("analyst")
    expect(visitor.page.get_by_role("heading", name="Executions")).to_be_visible()
    assert visitor.page.url == f"{server.url}/executions?state=FAILED&text=a%20b"


def test_the_start_page_is_also_found_by_its_name(server: Server, visit: Visit) -> None:
    visitor = visit(server)
    visitor.open("/fleet")
    visitor.sign_in("viewer")
    expect(visitor.page.get_by_role("heading", name="Fleet")).to_be_visible()


def test_the_cookie_is_out_of_scripts_reach(server: Server, visit: Visit) -> None:
    visitor = visit(server)
    visitor.open("/")
    visitor.sign_in("viewer")
    expect(visitor.page.get_by_role("button", name="Sign out")).to_be_visible()
    [cookie] = [c for c in visitor.context.cookies() if c["name"].startswith("amc_session_")]
    assert cookie["httpOnly"] is True
    assert cookie["sameSite"] == "Lax"
    assert "amc_session" not in visitor.page.evaluate("document.cookie")
    assert cookie["value"] not in visitor.page.content()


def test_a_new_tab_and_a_reload_stay_signed_in(server: Server, visit: Visit) -> None:
    visitor = visit(server)
    visitor.enter("viewer")
    visitor.open("/")
    expect(visitor.page.get_by_role("heading", name="Fleet")).to_be_visible()
    tab = visitor.context.new_page()
    tab.goto(f"{server.url}/schedules")
    expect(tab.get_by_role("heading", name="Schedules")).to_be_visible()
    tab.reload()
    expect(tab.get_by_role("heading", name="Schedules")).to_be_visible()


def test_a_cookie_replayed_after_sign_out_is_refused(server: Server, visit: Visit) -> None:
    visitor = visit(server)
    visitor.enter("admin")
    visitor.open("/mappings")
    expect(visitor.page.get_by_role("heading", name="Mappings")).to_be_visible()
    stolen = [c for c in visitor.context.cookies() if c["name"].startswith("amc_session_")]
    thief = visit(server)
    thief.context.add_cookies(stolen)  # type: ignore[arg-type]
    thief.open("/mappings")
    expect(thief.page.get_by_role("heading", name="Mappings")).to_be_visible()
    visitor.page.get_by_role("button", name="Sign out").click()
    expect(visitor.page.get_by_text("You are signed out")).to_be_visible()
    assert not [c for c in visitor.context.cookies() if c["name"].startswith("amc_session_")]
    expect_sign_in_only(visitor)
    # The other tab, still open, is out as well: by itself, without a click.
    expect(thief.page.get_by_label("User name")).to_be_visible(timeout=25_000)
    replay = visit(server)
    replay.context.add_cookies(stolen)  # type: ignore[arg-type]
    replay.open("/mappings")
    expect_sign_in_only(replay)


def test_wrong_passwords_slow_down_and_the_right_one_works_after_the_wait(
    server: Server, visit: Visit
) -> None:
    visitor = visit(server)
    visitor.open("/")
    slowed = visitor.page.get_by_text("Too many tries")
    for _ in range(15):
        visitor.sign_in("slow", "not-this-one")
        visitor.page.wait_for_timeout(800)
        if slowed.is_visible():
            break
    expect(slowed).to_be_visible()
    seconds = int(re.findall(r"Wait (\d+) second", slowed.inner_text())[0])
    visitor.page.wait_for_timeout(1000 * (seconds + 1))
    visitor.sign_in("slow")
    expect(visitor.page.get_by_role("heading", name="Fleet")).to_be_visible()


def test_nothing_is_fetched_from_elsewhere_on_any_page(server: Server, visit: Visit) -> None:
    visitor = visit(server)
    visitor.enter("admin")
    visitor.open("/")
    expect(visitor.page.get_by_role("heading", name="Fleet")).to_be_visible()
    for entry in PAGES:
        visitor.page.get_by_role("link", name=entry.title, exact=True).first.click()
        expect(visitor.page.get_by_role("heading", name=entry.title, exact=True)).to_be_visible()
    assert visitor.foreign() == []
    assert visitor.requests


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "![p](http://evil.example/p.png)",
    "[x](javascript:alert(1))",
    "$\\href{javascript:alert(1)}{x}$",
    ":red[x] :material/home: :smile:",
    "**b** _i_ `c` ~~s~~ #h",
    "https://evil.example www.evil.example a@evil.example",
    "1. one & &amp; &lt;b&gt; \\*x\\*",
]


def test_hostile_names_are_shown_literally(server: Server, visit: Visit) -> None:
    shown = " · ".join(HOSTILE)
    visitor = visit(server)
    visitor.enter("hostile", display_name=shown)
    visitor.open("/settings")
    line = visitor.page.get_by_test_id("stSidebarUserContent").locator("strong")
    expect(line).to_be_visible()
    assert line.inner_text().replace("\u2060", "") == " ".join(shown.split())
    assert line.locator("a, img, script, em, code, svg, .katex").count() == 0
    assert visitor.dialogs == []
    assert visitor.foreign() == []


def test_health_is_told_without_a_session_and_without_secrets(server: Server) -> None:
    with urllib.request.urlopen(f"{server.url}/healthz", timeout=10) as answer:
        assert answer.status == 200
        told = json.load(answer)
    assert set(told) == {"status", "database", "scheduler"}
