"""Result files as S3 would serve them: signed, short-lived, bare, in ranges."""

from urllib.parse import unquote, urlsplit

import pytest
import requests

from tests.sandbox.http.test_executions import REPORT
from tests.sandbox.site import Site


@pytest.fixture(scope="module")
def url(site: Site) -> str:
    made = site.run(REPORT)
    path = f"/workflowExecutions/{made['workflowExecutionId']}/downloadUrls"
    return site.report("GET", path).json()["downloadUrls"][0]


def test_the_address_is_absolute_and_keyed_as_in_a_bucket(site: Site, url: str) -> None:
    assert url.startswith(site.url)
    path = unquote(urlsplit(url).path)
    assert "/workflow=transient_" in path
    assert "/schedule=adhoc/" in path
    assert path.endswith(".csv")


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer x"}, {"Amazon-Advertising-API-ClientId": "x"}]
)
def test_a_second_credential_is_refused(url: str, headers: dict[str, str]) -> None:
    answer = requests.get(url, headers=headers, timeout=10)
    assert answer.status_code == 400
    assert "InvalidArgument" in answer.text


def test_a_changed_address_is_refused(url: str) -> None:
    assert requests.get(url[:-1] + ("0" if url[-1] != "0" else "1"), timeout=10).status_code == 403
    assert requests.get(url.partition("?")[0], timeout=10).status_code == 403
    moved = url.replace("X-Amz-Date=2", "X-Amz-Date=3")
    assert "SignatureDoesNotMatch" in requests.get(moved, timeout=10).text


@pytest.mark.parametrize(
    ("header", "status", "part"),
    [
        ("bytes=0-4", 206, slice(0, 5)),
        ("bytes=3-", 206, slice(3, None)),
        ("bytes=-6", 206, slice(-6, None)),
        ("bytes=0-99999999", 200, slice(None)),
        ("bytes=1-2,4-5", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
        ("bytes=99999999-", 416, None),
        ("bytes=-0", 416, None),
    ],
)
def test_ranges(url: str, header: str, status: int, part: slice | None) -> None:
    whole = requests.get(url, timeout=10).content
    answer = requests.get(url, headers={"Range": header}, timeout=10)
    assert answer.status_code == status
    if part is not None:
        assert answer.content == whole[part]


def test_the_metadata_describes_the_run(site: Site, url: str) -> None:
    execution_id = urlsplit(url).path.split("/")[2]
    urls = site.report("GET", f"/workflowExecutions/{execution_id}/downloadUrls").json()
    body = requests.get(urls["metadataDownloadUrls"][0], timeout=10).json()
    assert body["workflowExecutionId"] == execution_id
    rows = requests.get(url, timeout=10).text.count("\n") - 1
    assert body["rowCount"] == rows


def test_an_address_dies_after_ten_minutes_and_a_fresh_one_lives(own_site: Site) -> None:
    own_site.local("PUT", "/clock", json={"freeze": True})
    made = own_site.run(REPORT)["workflowExecutionId"]
    path = f"/workflowExecutions/{made}/downloadUrls"
    url = own_site.report("GET", path).json()["downloadUrls"][0]
    own_site.local("PUT", "/clock", json={"advance_s": 590})
    assert requests.get(url, timeout=10).ok
    own_site.local("PUT", "/clock", json={"advance_s": 11})
    late = requests.get(url, timeout=10)
    assert late.status_code == 403
    assert "Request has expired" in late.text
    fresh = own_site.report("GET", path).json()["downloadUrls"][0]
    assert requests.get(fresh, timeout=10).ok
