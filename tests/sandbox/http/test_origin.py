"""Pages of other sites change nothing here, though a browser would carry their requests."""

import pytest
import requests

from tests.sandbox.site import Site

CHANGES = [
    ("POST", "/reset"),
    ("POST", "/tokens/expire"),
    ("POST", "/tokens/revoke"),
    ("DELETE", "/faults"),
    ("PUT", "/options"),
]
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_a_page_of_another_site_changes_nothing(
    site: Site, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = requests.request(method, f"{site.url}/_local{path}", headers=headers, timeout=10)
    assert answer.status_code == 403
    assert "another site" in answer.text


@pytest.mark.parametrize("own", [True, False])
def test_the_control_page_and_programs_may(site: Site, own: bool) -> None:
    headers = {"Origin": site.url, "Sec-Fetch-Site": "same-origin"} if own else {}
    answer = requests.delete(f"{site.url}/_local/faults", headers=headers, timeout=10)
    assert answer.ok


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil", ""])
@pytest.mark.parametrize("of_a_form", [True, False])
def test_a_page_that_points_its_own_name_here_changes_nothing(
    site: Site, host: str, of_a_form: bool
) -> None:
    port = site.url.rpartition(":")[2]
    asked = f"{host}:{port}"
    headers = {"Host": asked, "Sec-Fetch-Site": "same-origin"}
    if not of_a_form:
        headers = {"Host": asked, "Origin": f"http://{asked}"}
    answer = requests.post(f"{site.url}/_local/reset", headers=headers, timeout=10)
    assert answer.status_code == 403
    assert "another site" in answer.text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "192.168.7.7"])
def test_an_address_and_localhost_may(site: Site, host: str) -> None:
    port = site.url.rpartition(":")[2]
    headers = {"Host": f"{host}:{port}", "Origin": f"http://{host}:{port}"}
    assert requests.delete(f"{site.url}/_local/faults", headers=headers, timeout=10).ok
