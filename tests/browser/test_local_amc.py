"""The local AMC's own pages in Chromium: the control page, and the consent page at two widths."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.sandbox.site import CLIENT, SCOPE, Site, eventually, serving

WIDTHS = (1440, 900)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("local"), world="multi-region") as running:
        yield running


@pytest.fixture(params=WIDTHS, ids=str)
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": request.param, "height": 900})
    context.set_default_timeout(30_000)
    shown = context.new_page()
    errors: list[str] = []
    shown.on("pageerror", lambda error: errors.append(str(error)))
    yield shown
    assert errors == []
    # Nothing is cut off at the side.
    assert shown.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()


def at_control(page: Page, local: Site) -> None:
    page.goto(f"{local.url}/")
    expect(page.locator("#faultFields input[name=rate]")).to_be_visible()


def test_a_fault_is_given_every_field_and_strikes_as_told(page: Page, local: Site) -> None:
    at_control(page, local)
    page.select_option("#faultForm select", "throttle")
    given = {"rate": "0.5", "count": "2", "instance": "amcfe*", "route": "GET /amc/instances*",
             "seed": "7", "skip": "1", "max_in_row": "1", "retry_after_s": "9"}  # fmt: skip
    for name, value in given.items():
        page.fill(f"#faultFields [name={name}]", value)
    page.click("text=Switch on")
    expect(page.locator("#faults")).to_contain_text("0 of 0")
    [fault] = local.local("GET", "/faults")["faults"]
    assert {name: str(fault[name]) for name in given} == given
    account = next(a for a in local.sandbox.directory.accounts() if a.region == "FE")
    headers = {
        "Amazon-Advertising-API-AdvertiserId": account.entity_id,
        "Amazon-Advertising-API-MarketplaceId": account.marketplace_id,
    }
    answers = [local.call("GET", "/amc/instances/amcfesandbx", headers=headers) for _ in range(20)]
    struck = [answer for answer in answers if answer.status_code == 429]
    assert [answer.headers["Retry-After"] for answer in struck] == ["9", "9"]
    expect(page.locator("#faults")).to_contain_text("2 of 20")
    expect(page.locator("#requests")).to_contain_text("throttle")
    page.click("#faults button")
    expect(page.locator("#faults tr")).to_have_count(0)
    assert local.local("GET", "/faults")["faults"] == []


def test_each_kind_shows_its_own_fields(page: Page, local: Site) -> None:
    at_control(page, local)
    for kind, name in (("torn_download", "fraction"), ("fail_execution", "reason"),
                       ("unknown_status", "status_text"), ("several_parts", "parts")):  # fmt: skip
        page.select_option("#faultForm select", kind)
        expect(page.locator(f"#faultFields [name={name}]")).to_be_visible()
        expect(page.locator("#faultFields [name=bytes_per_s]")).to_have_count(0)


def test_the_clock_is_set_frozen_and_run_at_a_factor(page: Page, local: Site) -> None:
    at_control(page, local)
    page.fill("#clockForm [name=now]", "2027-01-01T00:00:00Z")
    page.click("text=Change")
    expect(page.locator("#clock")).to_contain_text("2027-01-01T00:00")
    page.click("#freeze")
    expect(page.locator("#clock")).to_contain_text("factor 0")
    page.click("#thaw")
    page.fill("#clockForm [name=now]", "")
    page.fill("#clockForm [name=factor]", "60")
    page.click("text=Change")
    expect(page.locator("#clock")).to_contain_text("factor 60")
    local.local("PUT", "/clock", json={"now": "2026-11-02T09:00:00Z", "factor": 1})


def test_a_bad_value_is_said_and_a_switch_is_turned(page: Page, local: Site) -> None:
    at_control(page, local)
    page.fill("#faultFields [name=rate]", "3")
    page.click("text=Switch on")
    expect(page.locator("#message")).to_contain_text("rate")
    page.fill("#options [name=per_instance]", "4")
    page.press("#options [name=per_instance]", "Tab")
    page.check("#options [name=unknown_fields]")

    def turned() -> bool:
        options = local.local("GET", "/options")
        return (options["per_instance"], options["unknown_fields"]) == (4, True)

    eventually(turned, "both switches to be turned")
    expect(page.locator("#message")).to_have_text("")
    local.local("PUT", "/options", json={"per_instance": 10, "unknown_fields": False})


def test_the_log_of_truth_is_read_on_the_page(page: Page, local: Site) -> None:
    run = local.run(
        {"workflow": {"sqlQuery": "SELECT campaign, SUM(impressions) AS n FROM "
                                  "sponsored_ads_traffic GROUP BY campaign"},
         "requireSyntheticData": True}, "amceusandbx",
    )  # fmt: skip
    assert run["status"] == "SUCCEEDED"
    at_control(page, local)
    line = page.locator("#executions tr", has_text=run["workflowId"])
    expect(line).to_contain_text("SUCCEEDED")
    line.locator("summary").click()
    expect(line).to_contain_text("requireSyntheticData")


def test_consent_is_given_and_refused(page: Page, local: Site) -> None:
    asked = {"client_id": CLIENT, "scope": SCOPE, "response_type": "code", "state": "s p",
             "redirect_uri": "http://127.0.0.1:9/callback"}  # fmt: skip
    page.route("http://127.0.0.1:9/**", lambda route: route.fulfill(body="back at the app"))
    for button, wanted in (("Allow", "code"), ("Cancel", "error")):
        page.goto(f"{local.url}/ap/oa?{urlencode(asked)}")
        expect(page.get_by_role("heading", name="Login with Amazon")).to_be_visible()
        expect(page.get_by_role("listitem")).to_have_count(2)
        with page.expect_request("http://127.0.0.1:9/**") as sent:
            page.get_by_role("button", name=button).click()
        expect(page.locator("body")).to_have_text("back at the app")
        answer = parse_qs(urlsplit(sent.value.url).query)
        assert answer["state"] == ["s p"]
        assert wanted in answer
        if wanted == "code":
            tokens = local.token(grant_type="authorization_code", code=answer["code"][0],
                                 redirect_uri=asked["redirect_uri"]).json()  # fmt: skip
            found = requests.get(
                f"{local.url}/user/profile", timeout=10,
                headers={"Authorization": f"Bearer {tokens['access_token']}"},
            )  # fmt: skip
            assert found.ok
