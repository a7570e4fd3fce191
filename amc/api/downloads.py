"""Fetching a result file: all of it or nothing, and never an error page in its place.

A download address is a credential: it is not logged, not kept, and goes without Amazon's headers
(the file server refuses a second kind of authorization).
"""

import errno
import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import requests

from amc.api.answers import error_of, request_id_of, words_of
from amc.api.call import Call, base_of
from amc.api.http import Transport, pieces
from amc.clock import Clock, SystemClock
from amc.errors import (
    AmcError,
    ApiError,
    ForbiddenError,
    ResultFormatError,
    StorageFullError,
    StoreError,
    TransportError,
    UsageError,
)
from amc.log import get_logger

log = get_logger(__name__)

_GZIP = b"\x1f\x8b"
_PAGE_STARTS = (b"<?xml", b"<!doctype", b"<html", b"<error", b"<head", b"<body")
_HEAD_BYTES = 4096
_LARGEST_ERROR_BYTES = 64 * 1024
# A server that sends less than this in a stretch has stalled, though it never quite stops.
_STRETCH_S, _LEAST_BYTES = 60.0, 16 * 1024
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that was fetched completely: bytes as stored, their SHA-256, whether it is gzip."""

    path: Path
    size_bytes: int
    sha256: str
    gzipped: bool
    request_id: str


class Downloader:
    """Fetches result files through the transport of the process."""

    def __init__(
        self, transport: Transport, hosts: tuple[str, ...], *, pace: Clock | None = None
    ) -> None:
        """Keep the parts; `hosts` are allowed beside the transport's, `.name` with all below."""
        self._transport, self._pacer = transport, pace or SystemClock()
        self._allowed = hosts

    def fetch(self, url: str, target: Path, *, is_result: bool = True) -> Downloaded:
        """Fetch a file; `target` appears only when it is complete.

        Args:
            url: as Amazon gave it, sent byte for byte.
            target: replaced if it exists; its folder must exist.
            is_result: refuse what cannot be a CSV result (False for metadata files).

        Raises:
            ForbiddenError, RemoteMissingError, InvalidRequestError: the address has expired or is
                refused (403, 404, 400): ask for fresh ones.
            ResultFormatError: a page, an empty file, or a host that files may not come from.
            TransportError: it broke off or stalled (transient).
            StorageFullError, StoreError: it cannot be written.
        """
        base = self._checked(url)
        call = Call("results.download", "GET", base, "", headers={"Accept-Encoding": "identity"})
        started, outcome, status, size = self._pacer.monotonic(), "ok", 0, 0
        try:
            with self._transport.open(call, url=url) as (response, headers):
                status = response.status_code
                if status != 200:
                    raise self._refused(response, headers)
                with _aside(target) as (file, commit):
                    done = self._copy(response, headers, file, target, is_result=is_result)
                    commit()
            size = done.size_bytes
            return done
        except AmcError as exc:
            outcome = type(exc).__name__
            raise
        finally:
            log.info(
                "download",
                action="amazon.results.download",
                method="GET",
                host=base.partition("//")[2],
                status=status or None,
                outcome=outcome,
                bytes=size,
                duration_s=round(self._pacer.monotonic() - started, 3),
            )

    def _checked(self, url: str) -> str:
        try:
            base = base_of(url)
        except UsageError as exc:
            raise ResultFormatError("Amazon names no usable address for the result.") from exc
        scheme, _, netloc = base.partition("://")
        if netloc in self._transport.hosts:
            return base
        host, _, port = netloc.partition(":")
        fits = any(
            host.endswith(name.lower()) if name.startswith(".") else host == name.lower()
            for name in self._allowed
        )
        if not fits or scheme != "https" or port not in ("", "443"):
            raise ResultFormatError(
                f"Amazon names {netloc} as the place of the result, which is not allowed.",
                hint="If it is right, add the host to AMC_DOWNLOAD_HOSTS.",
            )
        return base

    def _refused(self, response: requests.Response, headers: dict[str, str]) -> ApiError:
        body = bytearray()
        for piece in pieces(response, decode=True):
            body += piece
            if len(body) > _LARGEST_ERROR_BYTES:
                break
        words = words_of(headers, bytes(body))
        if response.status_code == 403:
            return ForbiddenError(
                f"The download address is not valid any more: {words.text or words.code}",
                status=403,
                code=words.code,
                request_id=words.request_id,
                body=words.text,
                hint="Ask for fresh addresses; they live ten minutes.",
            )
        return error_of(response.status_code, headers, bytes(body), now=self._pacer.now())

    def _copy(
        self,
        response: requests.Response,
        headers: dict[str, str],
        file: FileIO,
        target: Path,
        *,
        is_result: bool,
    ) -> Downloaded:
        digest, size, head = hashlib.sha256(), 0, b""
        for piece in self._steadily(response):
            if len(head) < _HEAD_BYTES:
                head += piece[: _HEAD_BYTES - len(head)]
                if is_result:
                    _refuse_page(head, headers)
            digest.update(piece)
            size += len(piece)
            with _disk_errors():
                _write(file, piece)
        if is_result:
            _refuse_what_is_no_result(head, size)
        return Downloaded(
            target, size, digest.hexdigest(), head.startswith(_GZIP), request_id_of(headers)
        )

    def _steadily(self, response: requests.Response) -> Iterator[bytes]:
        since, got = self._pacer.monotonic(), 0
        for piece in pieces(response, decode=False):
            got += len(piece)
            if self._pacer.monotonic() - since > _STRETCH_S:
                if got < _LEAST_BYTES:
                    raise TransportError("The download has stalled.", sent=True)
                since, got = self._pacer.monotonic(), 0
            yield piece


def _refuse_page(head: bytes, headers: dict[str, str]) -> None:
    """Stop as soon as the beginning shows a page.

    Raises:
        ResultFormatError: it is XML or HTML.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    start = _plain_start(head).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(_PAGE_STARTS) or (
        kind in ("text/html", "application/xml", "text/xml") and start.startswith(b"<")
    ):
        said = words_of(headers, head).text
        raise ResultFormatError(
            f"What came is a page and no result: {said[:200]}",
            hint="It is asked for again; if that does not help, run the execution again.",
        )


def _refuse_what_is_no_result(head: bytes, size: int) -> None:
    """Stop files that no CSV reader would complain about.

    Raises:
        ResultFormatError: the file is empty, broken gzip, or an error in JSON.
    """
    start = _plain_start(head).strip()
    if not start:
        raise ResultFormatError(
            "The result file is empty; even a result without rows has a header line."
        )
    if size <= _HEAD_BYTES and start.startswith(b"{"):
        try:
            found = json.loads(start)
        except ValueError:
            return
        if isinstance(found, dict):
            raise ResultFormatError("What came is an error message in JSON and no result.")


def _plain_start(head: bytes) -> bytes:
    """The first bytes of what a file holds, out of gzip if need be.

    Raises:
        ResultFormatError: it begins like gzip and is none.
    """
    if not head.startswith(_GZIP):
        return head
    try:
        return zlib.decompressobj(31).decompress(head, _HEAD_BYTES)
    except zlib.error as exc:
        raise ResultFormatError("The result file is broken gzip.") from exc


def _write(file: FileIO, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[file.write(rest) :]


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL:
            raise StorageFullError from exc
        raise StoreError(f"The result cannot be written: {exc.strerror}.") from exc


class _Commit:
    """Moves the finished file to its place when called."""

    def __init__(self, file: FileIO, source: Path, target: Path) -> None:
        self._file, self._source, self._target = file, source, target

    def __call__(self) -> None:
        with _disk_errors():
            os.fsync(self._file.fileno())
            self._source.replace(self._target)


@contextmanager
def _aside(target: Path) -> Iterator[tuple[FileIO, _Commit]]:
    """A file beside the target that becomes it on commit, and is gone otherwise."""
    with _disk_errors():
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    source = Path(name)
    try:
        # Unbuffered: closing must not write, or a full disk would speak a second time.
        with os.fdopen(handle, "wb", buffering=0) as file:
            yield file, _Commit(file, source, target)
    finally:
        source.unlink(missing_ok=True)
