"""Fetching a file of a result: the link is the credential, so nothing else is sent along."""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests

from amc.api.http import Transport, transport_error
from amc.errors import (
    ForbiddenError,
    InvalidRequestError,
    ResultFormatError,
    ServerError,
    StorageFullError,
    TransportError,
)
from amc.log import get_logger

log = get_logger(__name__)

# A server that sends nothing for so long has died; a slow one may take as long as it likes.
STALL_S = 30.0
CONNECT_S = 5.0
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file as it arrived."""

    path: Path
    size: int
    sha256: str


def download(
    transport: Transport, url: str, target: Path, *, hosts: tuple[str, ...], instance: str
) -> Downloaded:
    """Stream a result file to `target`, whole or not at all.

    Raises:
        ForbiddenError: the link has expired (403): ask for fresh ones.
        InvalidRequestError: the host is not one that results come from, or 4xx.
        TransportError: it broke off or stalled; nothing is left behind.
        ResultFormatError: an error page came in place of a result.
        StorageFullError: no space left.
    """
    transport.require_host(url, also=hosts)
    aside = target.with_suffix(target.suffix + ".part")
    started = time.perf_counter()
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.get(
                url, stream=True, timeout=(CONNECT_S, STALL_S), allow_redirects=False
            ) as response:
                _require_file(response)
                size, digest = _stream(response, aside)
        aside.replace(target)
    except requests.RequestException as exc:
        raise transport_error(exc, urlsplit(url).netloc) from exc
    except OSError as exc:
        raise StorageFullError(f"The result cannot be written: {exc.strerror}.") from exc
    finally:
        aside.unlink(missing_ok=True)
    log.info(
        "result file fetched",
        action="result.download",
        instance=instance,
        bytes=size,
        duration_ms=round((time.perf_counter() - started) * 1000),
    )
    return Downloaded(target, size, digest)


def _require_file(response: requests.Response) -> None:
    status = response.status_code
    if status == 200:
        kind = response.headers.get("Content-Type", "").lower()
        if "html" in kind or "xml" in kind:
            raise ResultFormatError("An error page came in place of the result.")
        return
    message = f"The result file answers {status}."
    if status == 403:
        raise ForbiddenError(message, status=status, hint="The link has expired.")
    if status >= 500:
        raise ServerError(message, status=status)
    raise InvalidRequestError(message, status=status)


def _stream(response: requests.Response, target: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    expected = response.headers.get("Content-Length")
    with target.open("wb") as file:
        # The raw bytes: a gzip file stays what it is and the length can be checked.
        for chunk in response.raw.stream(_CHUNK, decode_content=False):
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    if expected is not None and expected.isdigit() and int(expected) != size:
        raise TransportError(
            f"The result file broke off after {size:,} of {int(expected):,} bytes."
        )
    return size, digest.hexdigest()
