"""Reading a downloaded part in chunks: gzip or not, hashed on the way, within limits."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

from amc.errors import ResultFormatError, ResultTooLargeError

Text: TypeAlias = "io.BufferedReader[Any]"

_CHUNK = 4 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_RATIO_COUNTS_FROM = 64 * 1024 * 1024  # small files may well be very repetitive


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused as too large.

    Attributes:
        bytes: CSV text of one part, unpacked.
        record: bytes of one row.
        columns: columns of a result.
        ratio: how much larger than its gzip form a text may be.
    """

    bytes: int = 50 * 1024**3
    record: int = 8 * 1024 * 1024
    columns: int = 2000
    ratio: int = 200


class _Hashing(io.RawIOBase):
    """A raw file that hashes and counts what is read."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self.sha256, self.count = hashlib.sha256(), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._raw.read(len(buffer))
        buffer[: len(data)] = data
        self.sha256.update(data)
        self.count += len(data)
        return len(data)


class Reader:
    """The unpacked text of a part, chunk by chunk.

    Attributes:
        unpacked: bytes given out so far.
        replaced, escapes: what the reader of records noticed; see `cleaning.Cleaned`.
        starts_like_a_page: whether the text begins as HTML, XML or JSON does.
    """

    def __init__(self, raw: IO[bytes], name: str, limits: Limits) -> None:
        """`raw` is the open file; `name` is used in messages."""
        self._hashing = _Hashing(raw)
        self._name, self.limits = name, limits
        self.unpacked, self.replaced, self.escapes = 0, 0, False
        self._text = self._unpack()
        with self._readable():
            start = self._text.peek(512).removeprefix(_BOM).lstrip()
        self.starts_like_a_page = start[:1] in (b"<", b"{", b"[")

    def _unpack(self) -> Text:
        text: Text = io.BufferedReader(self._hashing, _CHUNK)
        for _ in range(2):  # one server packs, another packs again
            if not self._peek(text).startswith(_GZIP):
                return text
            text = io.BufferedReader(gzip.GzipFile(fileobj=text, mode="rb"), _CHUNK)
        if self._peek(text).startswith(_GZIP):
            raise ResultFormatError(f"{self._name} is packed more than twice.")
        return text

    def _peek(self, text: Text) -> bytes:
        with self._readable():
            return text.peek(2)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile) as exc:
            raise ResultFormatError(
                f"{self._name} is damaged or cut short ({exc}).", hint="Fetch the result again."
            ) from None

    def __iter__(self) -> Iterator[bytes]:
        """The text without a byte order mark."""
        first = True
        while True:
            with self._readable():
                chunk = self._text.read(_CHUNK)
            if first:
                chunk, first = chunk.removeprefix(_BOM), False
            if not chunk:
                return
            self.unpacked += len(chunk)
            self._check_size()
            yield chunk

    def _check_size(self) -> None:
        if self.unpacked > self.limits.bytes:
            raise ResultTooLargeError(f"{self._name} holds more than {self.limits.bytes:,} bytes.")
        too_dense = self.unpacked > self.limits.ratio * max(1, self._hashing.count)
        if too_dense and self.unpacked > _RATIO_COUNTS_FROM:
            raise ResultTooLargeError(
                f"{self._name} unpacks to more than {self.limits.ratio} times its size."
            )

    def fingerprint(self) -> tuple[int, str]:
        """Size and SHA-256 of the file as downloaded; once everything was read."""
        while self._hashing.read(_CHUNK):
            pass  # what follows the packed text counts as well
        return self._hashing.count, self._hashing.sha256.hexdigest()


@contextmanager
def open_part(path: Path, limits: Limits) -> Iterator[Reader]:
    """A part, open for reading.

    Raises:
        ResultFormatError: it cannot be unpacked, or is not there.
    """
    try:
        raw = path.open("rb", buffering=0)
    except OSError as exc:
        raise ResultFormatError(f"{path.name} cannot be read: {exc.strerror}.") from exc
    with raw:
        yield Reader(raw, path.name, limits)
