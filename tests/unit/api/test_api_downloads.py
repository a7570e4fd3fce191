"""Result files: all of it or nothing, and never an error page in its place."""

import errno
import gzip
import hashlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import responses
from structlog.testing import capture_logs

from amc import errors
from amc.api import downloads
from amc.api.call import Call
from amc.api.downloads import Downloaded

FIXTURES = Path(__file__).parents[2] / "fixtures" / "api"
URL = (
    "https://amc-output.example.com/workflow%3Dsp_campaign_reach.v1/schedule%3Dadhoc/part-0.csv"
    "?X-Amz-Expires=600&X-Amz-Signature=EXAMPLE"
)


def fetch(kit: SimpleNamespace, folder: Path, url: str = URL, **more: Any) -> Downloaded:
    return kit.instance().download(url, folder / "part.csv", **more)


def serve(body: str | bytes, **more: Any) -> None:
    responses.get(URL, body=body, **({"content_type": "text/csv"} | more))


def left(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@responses.activate
@pytest.mark.parametrize("name", ["result_csv_download", "result_csv_empty"])
def test_recorded_results_arrive_byte_for_byte_without_amazons_headers(
    name: str, kit: SimpleNamespace, tmp_path: Path
) -> None:
    recorded = json.loads((FIXTURES / f"{name}.json").read_text())
    text = recorded["response"]["body_text"].encode()
    serve(text)
    done = fetch(kit, tmp_path)
    assert (tmp_path / "part.csv").read_bytes() == text
    assert done.size_bytes == len(text)
    assert done.sha256 == hashlib.sha256(text).hexdigest()
    assert not done.gzipped
    sent = responses.calls[0].request
    assert sent.url == URL
    assert not {h.lower() for h in sent.headers} & {"authorization", "content-type"}
    assert not [h for h in sent.headers if h.lower().startswith("amazon")]
    assert left(tmp_path) == ["part.csv"]


@responses.activate
def test_an_expired_address_says_that_fresh_ones_are_needed(
    kit: SimpleNamespace, tmp_path: Path
) -> None:
    recorded = json.loads((FIXTURES / "result_csv_url_expired.json").read_text())["response"]
    serve(recorded["body_text"], status=403, content_type="application/xml")
    with pytest.raises(errors.ForbiddenError) as caught:
        fetch(kit, tmp_path)
    assert (caught.value.status, caught.value.code) == (403, "AccessDenied")
    assert "Request has expired" in caught.value.message
    assert left(tmp_path) == []


@responses.activate
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.InvalidRequestError),
        (404, errors.RemoteMissingError),
        (302, errors.UnreadableAnswerError),
        (204, errors.UnreadableAnswerError),
        (206, errors.UnreadableAnswerError),
        (429, errors.RateLimitedError),
        (503, errors.ServerError),
    ],
)
def test_any_other_status_is_an_error_and_leaves_nothing(
    kit: SimpleNamespace, tmp_path: Path, status: int, kind: type[errors.ApiError]
) -> None:
    serve("" if status == 204 else "<Error><Code>X</Code></Error>", status=status)
    with pytest.raises(kind) as caught:
        fetch(kit, tmp_path)
    assert caught.value.status == status
    assert left(tmp_path) == []


@responses.activate
@pytest.mark.parametrize(
    "body",
    [
        b'<?xml version="1.0"?><Error><Code>SlowDown</Code></Error>',
        b"<!DOCTYPE html><html><body>503</body></html>",
        b"  \r\n<HTML><head></head></HTML>",
        b"\xef\xbb\xbf<html>",
        gzip.compress(b"<html>503</html>"),
        b"",
        b"  \n",
        gzip.compress(b""),
        b'{"message": "Internal server error"}',
        b'{"code": "429", "details": "Too Many Requests"}',
        b"\x1f\x8bnot gzip at all",
    ],
    ids=[
        "xml", "html", "blanks", "bom", "gzip page", "empty", "blank", "empty gzip", "json",
        "json 429", "false gzip",
    ],
)  # fmt: skip
def test_what_no_csv_reader_complains_about_is_not_taken_for_a_result(
    kit: SimpleNamespace, tmp_path: Path, body: bytes
) -> None:
    (tmp_path / "part.csv").write_text("an older, complete result")
    serve(body)
    with pytest.raises(errors.ResultFormatError):
        fetch(kit, tmp_path)
    assert left(tmp_path) == ["part.csv"]
    assert (tmp_path / "part.csv").read_text() == "an older, complete result"


@responses.activate
def test_gzip_is_recognised_and_kept_as_it_is(kit: SimpleNamespace, tmp_path: Path) -> None:
    packed = gzip.compress(b"campaign,impressions\na,1\n" * 1000)
    serve(packed, headers={"Content-Encoding": "gzip"})
    done = fetch(kit, tmp_path)
    assert done.gzipped
    assert (tmp_path / "part.csv").read_bytes() == packed
    assert done.size_bytes == len(packed)


@responses.activate
def test_a_header_that_looks_like_markup_inside_quotes_is_a_result(
    kit: SimpleNamespace, tmp_path: Path
) -> None:
    serve('"<html>",b\n"{x}",2\n')
    assert fetch(kit, tmp_path).size_bytes == 19


@responses.activate
def test_metadata_files_may_be_json(kit: SimpleNamespace, tmp_path: Path) -> None:
    serve('{"sql": "SELECT 1"}')
    assert fetch(kit, tmp_path, is_result=False).size_bytes == 19


@responses.activate
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/part.csv",
        "http://amc-output.example.com/part.csv",
        "https://amc-output.example.com:8443/part.csv",
        "https://amc-output.example.com@evil.example/part.csv",
        "https://evil.example\\@amc-output.example.com/part.csv",
        "https://amc-output.example.com.evil.example/part.csv",
        "https://amazonaws.com.evil.example/part.csv",
        "https://notamazonaws.com/part.csv",
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:8501/healthz",
        "https://[::1]/part.csv",
        "https://2130706433/part.csv",
        "https://evil.example/.amazonaws.com/part.csv",
        "https://evil.example#.amazonaws.com/part.csv",
        "https://evil.example?.amazonaws.com",
        "//amc-output.example.com/part.csv",
        "",
    ],
)
def test_files_come_from_allowed_hosts_only(kit: SimpleNamespace, tmp_path: Path, url: str) -> None:
    with pytest.raises(errors.ResultFormatError):
        fetch(kit, tmp_path, url)
    assert len(responses.calls) == 0


@responses.activate
@pytest.mark.parametrize(
    "url",
    [
        "https://b.s3.us-east-1.amazonaws.com/k%2Fx?X-Amz-Signature=a%2Bb%3D",
        "https://advertising-api.amazon.com/files/k?X-Amz-Signature=E",
    ],
)
def test_an_address_is_sent_byte_for_byte(kit: SimpleNamespace, tmp_path: Path, url: str) -> None:
    responses.get(url, body="a,b\n")
    fetch(kit, tmp_path, url)
    assert responses.calls[0].request.url == url


@responses.activate
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest/meta-data", "https://evil.example/x", "/elsewhere"]
)
def test_a_redirect_of_a_file_is_followed_nowhere(
    kit: SimpleNamespace, tmp_path: Path, status: int, target: str
) -> None:
    responses.get(URL, status=status, headers={"Location": target}, body="a,b\n1,2\n")
    with pytest.raises(errors.ApiError) as caught:
        fetch(kit, tmp_path)
    assert len(responses.calls) == 1
    assert "169.254" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@responses.activate
def test_neither_log_nor_error_shows_the_signature(kit: SimpleNamespace, tmp_path: Path) -> None:
    import traceback

    responses.get(URL, body=ConnectionError("to " + URL))
    with capture_logs() as lines, pytest.raises(errors.TransportError) as caught:
        fetch(kit, tmp_path)
    shown = "".join(traceback.format_exception(caught.value))
    assert lines[0]["outcome"] == "TransportError"
    assert "EXAMPLE" not in repr(lines) + str(caught.value) + shown


@responses.activate
@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, errors.StorageFullError),
        (errno.EDQUOT, errors.StorageFullError),
        (errno.EIO, errors.StoreError),
    ],
)
def test_a_disk_that_cannot_take_it_is_said_and_nothing_is_left(
    kit: SimpleNamespace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    kind: type[errors.AmcError],
) -> None:
    def full(*_: Any) -> None:
        raise OSError(number, "no")

    serve("a,b\n1,2\n")
    monkeypatch.setattr(downloads, "_write", full)
    with pytest.raises(kind):
        fetch(kit, tmp_path)
    assert left(tmp_path) == []


def test_a_folder_that_is_not_there_is_said(kit: SimpleNamespace, tmp_path: Path) -> None:
    with responses.RequestsMock() as mock:
        mock.get(URL, body="a,b\n")
        with pytest.raises(errors.StoreError):
            fetch(kit, tmp_path / "missing")


def test_the_empty_template_of_a_download_names_no_path() -> None:
    assert Call("x", "GET", "https://h", "").url == "https://h"
