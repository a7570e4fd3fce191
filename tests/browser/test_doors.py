"""What the running server tells the anonymous, and what a signed-in browser gets."""

import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Server, Visitor

Visit = Callable[[Server], Visitor]


def test_the_sign_in_works_with_the_least_host_config_and_the_app_gets_the_whole(
    server: Server, visit: Visit
) -> None:
    visitor = visit(server)
    refused: list[str] = []
    visitor.page.on("response", lambda r: refused.append(r.url) if r.status >= 400 else None)
    config = f"{server.url}/_stcore/host-config"
    visitor.open("/schedules")
    expect(visitor.page.get_by_label("User name")).to_be_visible()
    assert visitor.page.request.get(config).json().keys() == {
        "allowedOrigins",
        "useExternalAuthToken",
    }
    visitor.sign_in("viewer")
    expect(visitor.page.get_by_role("heading", name="Schedules")).to_be_visible()
    assert len(visitor.page.request.get(config).json()) > 2
    assert [url for url in refused if url.startswith(server.url + "/_stcore/")] == []


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/static/js/nothing.js"])
def test_the_server_answers_by_no_other_name(server: Server, path: str) -> None:
    asked = urllib.request.Request(server.url + path, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked, timeout=10)
    assert refused.value.code == 421
