"""AMC's CSV parts made into one plain CSV: the same values, one spelling.

AMC writes a quote inside a quoted field as backslash-quote; doubled quotes are understood too.
Parts repeat the header, may be gzipped, may carry a byte order mark. What is not such a table (an
error page, a file cut short) is refused here, before any reader could guess a table out of it.

Whole chunks are handled at once; a file with anything unusual in it (a quote inside an unquoted
field, blank lines, lone carriage returns) is read again record by record.
"""

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from amc.errors import ResultFormatError
from amc.results.chunks import IrregularCsvError, Records, split_records
from amc.results.unpacking import Limits, Reader, open_part

csv.field_size_limit(64 * 1024 * 1024)  # records are limited in amc.results.unpacking


@dataclass(frozen=True, slots=True)
class PartInfo:
    """A part as it was downloaded."""

    name: str
    bytes: int
    sha256: str


@dataclass(slots=True)
class Cleaned:
    """What was in the parts.

    Attributes:
        header: the column names as AMC wrote them.
        rows: records after the header, over all parts.
        parts: the files, with their hashes.
        bytes: size of the CSV text, unpacked.
        replaced: chunks or lines in which bytes that are no UTF-8 were replaced by U+FFFD.
        escapes: whether a backslash stood before a quote somewhere.
    """

    header: list[str]
    rows: int
    parts: list[PartInfo]
    bytes: int = 0
    replaced: int = 0
    escapes: bool = False


def clean_parts(
    parts: Sequence[Path],
    to: Path,
    *,
    expected: Sequence[str] | None = None,
    limits: Limits | None = None,
) -> Cleaned:
    """Write one plain CSV without header: comma, double quotes, line feeds, UTF-8.

    Args:
        parts: the files in their order.
        to: the file to write.
        expected: column names that AMC announced, to tell a strange header from an error page.
        limits: what is too large.

    Raises:
        ResultFormatError: a part is not a CSV table, or the parts do not belong together.
        ResultTooLargeError: a limit is passed.
    """
    if not parts:
        raise ResultFormatError("There is no file to read.")
    sizes = limits or Limits()
    try:
        return _clean(parts, to, expected, sizes, escapes=True)
    except ResultFormatError:
        # A backslash before a quote escapes it; if that makes no table, it may be just a backslash.
        if not _has_escapes(parts, sizes):
            raise
        try:
            return _clean(parts, to, expected, sizes, escapes=False)
        except ResultFormatError:
            pass
        raise


def _clean(
    parts: Sequence[Path],
    to: Path,
    expected: Sequence[str] | None,
    limits: Limits,
    *,
    escapes: bool,
) -> Cleaned:
    try:
        return _write(parts, to, expected, limits, escapes=escapes, careful=False)
    except IrregularCsvError:
        return _write(parts, to, expected, limits, escapes=escapes, careful=True)


def _write(
    parts: Sequence[Path],
    to: Path,
    expected: Sequence[str] | None,
    limits: Limits,
    *,
    escapes: bool,
    careful: bool,
) -> Cleaned:
    whole = Cleaned([], 0, [])
    with to.open("wb") as out:
        for number, part in enumerate(parts):
            with open_part(part, limits) as source:
                records = split_records(source, escapes=escapes, careful=careful)
                header = _header(records, source, part.name, expected)
                if number == 0:
                    whole.header = header
                    _check_width(header, limits)
                elif header != whole.header:
                    raise ResultFormatError(
                        f"{part.name} has other columns than {parts[0].name}.",
                        hint="The whole result is refused; fetch it again.",
                    )
                whole.rows += _copy(records, out, len(header), part.name)
                whole.bytes += source.unpacked
                whole.replaced += source.replaced
                whole.escapes = whole.escapes or source.escapes
                whole.parts.append(PartInfo(part.name, *source.fingerprint()))
    return whole


def _header(
    records: Records, source: Reader, name: str, expected: Sequence[str] | None
) -> list[str]:
    header = records.header()
    announced = bool(expected) and header == list(expected or ())
    if source.starts_like_a_page and not announced:
        raise ResultFormatError(
            f"{name} is a web page or an error message, not a result.",
            hint="The link had probably expired; fetch the result again.",
        )
    if expected and not set(header) & set(expected):
        raise ResultFormatError(
            f"{name} has the columns {_some(header)}, but the run has {_some(expected)}.",
            hint="Fetch the result again.",
        )
    return header


def _check_width(header: list[str], limits: Limits) -> None:
    if len(header) > limits.columns:
        raise ResultFormatError(
            f"The result has {len(header):,} columns; more than {limits.columns:,} are refused."
        )


def _copy(records: Records, out: BinaryIO, width: int, name: str) -> int:
    rows = 0
    for text, count in records.rest(width, name):
        out.write(text)
        rows += count
    return rows


def _has_escapes(parts: Sequence[Path], limits: Limits) -> bool:
    def chunks() -> Iterator[bytes]:
        for part in parts:
            with open_part(part, limits) as source:
                yield from source

    try:
        return any(b'\\"' in chunk for chunk in chunks())
    except ResultFormatError:
        return False


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name[:40]}'" for name in names[:4])
    return shown + (" …" if len(names) > 4 else "")


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
