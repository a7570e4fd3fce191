"""Splitting CSV text into records: by whole chunks where it is regular, else one by one."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from amc.errors import ResultFormatError
from amc.results.unpacking import Reader

_QUOTE, _COMMA, _LF, _CR = 34, 44, 10, 13
_ESCAPED = re.compile(rb'(\\+)"')
_BATCH = 2000

Positions = NDArray[np.intp]
Bytes = NDArray[np.uint8]


def _table(*allowed: int) -> NDArray[np.bool_]:
    """For each byte, whether it is one of these."""
    table = np.zeros(256, np.bool_)
    table[list(allowed)] = True
    return table


_BEFORE = _table(_COMMA, _LF, _QUOTE)
_AFTER = _table(_COMMA, _LF, _CR, _QUOTE)


class IrregularCsvError(Exception):
    """The text has something in it that only the careful reader understands."""


class Records(Protocol):
    """The records of one part."""

    def header(self) -> list[str]:
        """The first record."""
        ...

    def rest(self, width: int, name: str) -> Iterator[tuple[bytes, int]]:
        """The others, as plain CSV text with the number of records in it."""
        ...


def split_records(source: Reader, *, escapes: bool, careful: bool) -> Records:
    """The records of a part, read carefully or by chunks.

    Raises:
        IrregularCsvError: later, from the reader by chunks: read carefully instead.
    """
    text = _unescaped(source) if escapes else iter(source)
    return _Careful(text, source) if careful else _Fast(text, source)


def _unescaped(source: Reader) -> Iterator[bytes]:
    """The text with every backslash-quote as a doubled quote.

    As in Spark, whose form this is: before a quote each pair of backslashes is one, and an odd one
    left over escapes the quote. Anywhere else a backslash is a backslash.
    """
    held = b""
    for chunk in chain(source, (None,)):
        text = held + (chunk or b"")
        held = b""
        if chunk is not None:
            body = text.rstrip(b"\\")
            text, held = body, text[len(body) :]
        if b'\\"' in text:
            source.escapes = True
            several = b'\\\\"' in text
            text = _ESCAPED.sub(_double, text) if several else text.replace(b'\\"', b'""')
        yield text


def _double(match: re.Match[bytes]) -> bytes:
    slashes = len(match[1])
    return b"\\" * (slashes // 2) + (b'""' if slashes % 2 else b'"')


def _utf8(text: bytes, source: Reader) -> bytes:
    if text.isascii():
        return text
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        source.replaced += 1
        return text.decode("utf-8", "replace").encode()
    return text


def _too_long(source: Reader) -> ResultFormatError:
    limit = source.limits.record
    return ResultFormatError(f"A row is longer than {limit:,} bytes, or a quote is never closed.")


class _Fast:
    """Whole chunks at once; raises `IrregularCsvError` when it cannot be sure."""

    def __init__(self, text: Iterator[bytes], source: Reader) -> None:
        self._text, self._source, self._carry = text, source, b""

    def header(self) -> list[str]:
        for chunk in self._text:
            self._carry += chunk
            ends = _record_ends(self._carry)
            if ends.size:
                first = int(ends[0]) + 1
                head, self._carry = self._carry[:first], self._carry[first:]
                return _read_header(_utf8(head, self._source))
            self._check_carry()
        # No line feed at all: a header alone, or nothing.
        head, self._carry = self._carry, b""
        return _read_header(_utf8(head, self._source))

    def rest(self, width: int, name: str) -> Iterator[tuple[bytes, int]]:
        for chunk in self._text:
            text = self._carry + chunk
            ends = _record_ends(text)
            cut = int(ends[-1]) + 1 if ends.size else 0
            self._carry = text[cut:]
            self._check_carry()
            if cut:
                yield self._regular(text[:cut], ends, width), int(ends.size)
        if self._carry:
            text, self._carry = self._carry, b""
            if not text.endswith(b"\n"):
                text += b"\n"
            ends = _record_ends(text)
            if not ends.size or int(ends[-1]) + 1 != len(text):
                raise IrregularCsvError
            yield self._regular(text, ends, width), int(ends.size)

    def _check_carry(self) -> None:
        if len(self._carry) > self._source.limits.record:
            raise _too_long(self._source)

    def _regular(self, text: bytes, ends: Positions, width: int) -> bytes:
        array = np.frombuffer(text, np.uint8)
        longest = int(np.diff(ends, prepend=-1).max())
        if longest > self._source.limits.record:
            raise _too_long(self._source)
        if width > 1 and _has_blank_line(array, ends):
            raise IrregularCsvError
        return _utf8(_without_cr(array, ends) if b"\r" in text else text, self._source)


def _record_ends(text: bytes) -> Positions:
    """Positions of the line feeds that end records; checks that quotes stand where they may."""
    array = np.frombuffer(text, np.uint8)
    feeds = np.flatnonzero(array == _LF)
    if b'"' not in text:
        return feeds
    quotes = np.flatnonzero(array == _QUOTE)
    ends: Positions = feeds[(np.searchsorted(quotes, feeds) & 1) == 0]
    if ends.size:
        # An opening quote begins a field, or doubles the quote just before it.
        inside = quotes[quotes < ends[-1]]
        before = array[np.maximum(inside[0::2] - 1, 0)]
        if not _BEFORE[before[inside[0::2] > 0]].all():
            raise IrregularCsvError
        if not _AFTER[array[inside[1::2] + 1]].all():
            raise IrregularCsvError
    return ends


def _has_blank_line(array: Bytes, ends: Positions) -> bool:
    previous = array[np.maximum(ends - 1, 0)]
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts
    return bool(((lengths == 0) | ((lengths == 1) & (previous == _CR))).any())


def _without_cr(array: Bytes, ends: Positions) -> bytes:
    """The text with CR LF ends of records as LF; a CR elsewhere must stand inside quotes."""
    before = ends[ends > 0] - 1
    drop = before[array[before] == _CR]
    quotes = np.flatnonzero(array == _QUOTE)
    returns = np.setdiff1d(np.flatnonzero(array == _CR), drop, assume_unique=True)
    if ((np.searchsorted(quotes, returns) & 1) == 0).any():
        raise IrregularCsvError
    return bytes(np.delete(array, drop))


def _read_header(head: bytes) -> list[str]:
    try:
        rows = list(csv.reader(io.StringIO(head.decode(), newline=""), strict=True))
    except csv.Error:
        raise IrregularCsvError from None
    if not rows or not rows[0]:
        raise ResultFormatError(
            "The file is empty: not even a header is in it.", hint="Fetch the result again."
        )
    return rows[0]


class _Careful:
    """Record by record with the csv module, written anew with every field quoted."""

    def __init__(self, text: Iterator[bytes], source: Reader) -> None:
        self._source = source
        self._rows = csv.reader(_lines(text, source), strict=True)

    def _next(self) -> list[str] | None:
        try:
            return next(self._rows, None)
        except csv.Error as exc:
            raise ResultFormatError(
                f"Line {self._rows.line_num:,} is not CSV: {exc}.", hint="Fetch the result again."
            ) from None

    def header(self) -> list[str]:
        first = self._next()
        if not first:
            raise ResultFormatError(
                "The file is empty: not even a header is in it.", hint="Fetch the result again."
            )
        return first

    def rest(self, width: int, name: str) -> Iterator[tuple[bytes, int]]:
        batch: list[list[str]] = []
        blank_at, number = 0, 0
        while (row := self._next()) is not None:
            number += 1
            if not row and width > 1:
                blank_at = blank_at or number  # fine at the end of the file only
                continue
            if blank_at or len(row or [""]) != width:
                at, found = (blank_at, 0) if blank_at else (number, len(row))
                raise ResultFormatError(
                    f"{name}: row {at:,} has {found} fields, the header has {width}.",
                    hint="Fetch the result again.",
                )
            batch.append(row or [""])
            if len(batch) >= _BATCH:
                yield _quoted(batch), len(batch)
                batch = []
        if batch:
            yield _quoted(batch), len(batch)


def _quoted(rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _lines(text: Iterator[bytes], source: Reader) -> Iterator[str]:
    carry = b""
    for chunk in text:
        *lines, carry = (carry + chunk).split(b"\n")
        for line in lines:
            yield _utf8(line, source).decode() + "\n"
        if len(carry) > source.limits.record:
            raise _too_long(source)
    if carry:
        yield _utf8(carry, source).decode()
