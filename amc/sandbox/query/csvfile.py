"""CSV as AMC writes it: backslash before a quote, NULL as nothing, lists and rows in brackets."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from uuid import UUID

from amc.sandbox.query.errors import RunFailedError

MAX_PARTS = 5
"""AMC hands out up to five download URLs."""


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """The characters of the file, as a workflow's `outputFormat` sets them."""

    separator: str = ","
    quote: str = '"'
    escape: str = "\\"

    @classmethod
    def of(cls, wire: Mapping[str, Any] | None) -> "OutputFormat":
        """From the `outputFormat` object of the API; what is left out is AMC's default."""
        given = wire or {}
        return cls(
            str(given.get("separatorCharacter") or ","),
            str(given.get("quoteCharacter") or '"'),
            str(given.get("escapeCharacter") or "\\"),
        )


def text_of(value: Any) -> str | None:
    """A value as AMC prints it; None for NULL."""
    if value is None:
        return None
    exact = _EXACT.get(type(value))
    if exact is not None:
        return exact(value)
    for kind, form in _FORMS:
        if isinstance(value, kind):
            return form(value)
    return str(value)


def _float(value: float) -> str | None:
    if not isfinite(value):
        return None
    shown = repr(value)
    return format(Decimal(shown), "f") if "e" in shown else shown


def _instant(value: datetime) -> str:
    return f"{value.isoformat('T', 'milliseconds')[:23]}Z"


def _list(values: Sequence[Any]) -> str:
    return "[" + ", ".join(text_of(value) or "" for value in values) + "]"


_FORMS: tuple[tuple[type, Callable[[Any], str | None]], ...] = (
    (str, str),
    (bool, lambda value: "true" if value else "false"),
    (int, str),
    (float, _float),
    (Decimal, lambda value: format(value, "f")),
    (datetime, _instant),
    (date, date.isoformat),
    (dict, lambda value: _list(list(value.values()))),
    (list, _list),
    (tuple, _list),
    (bytes, bytes.hex),
    (UUID, str),
)

_EXACT = dict(_FORMS)


class CsvParts:
    """Writes rows into one or several files, each with the header."""

    def __init__(
        self,
        folder: Path,
        header: Sequence[str],
        form: OutputFormat,
        rows_per_part: int | None = None,
    ) -> None:
        """Files are `part-0.csv`, `part-1.csv`, … under `folder`, which must exist."""
        self._folder, self._form, self._limit = folder, form, rows_per_part
        self._escaped = {form.quote: form.escape + form.quote, "": ""}
        escape, quote = re.escape(form.escape), re.escape(form.quote)
        self._swallowing = re.compile(f"((?:{escape})*)({quote}|\\Z)")
        self._quoted = re.compile("|".join([re.escape(form.separator), *([quote] * bool(quote)),
                                            "\n", "\r"]))  # fmt: skip
        self._header = self._line(header)
        self._file: IO[str] | None = None
        self._in_part = 0
        self.rows = 0
        self.paths: list[Path] = []

    def __enter__(self) -> Self:
        """Open the first part: there is always one."""
        self._next()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close; after a failure nothing half-written stays."""
        if self._file is not None:
            self._file.close()
        if kind is not None:
            for path in self.paths:
                path.unlink(missing_ok=True)

    @property
    def bytes(self) -> int:
        """The size of all parts."""
        return sum(path.stat().st_size for path in self.paths)

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Append rows."""
        start = 0
        while start < len(rows):
            room = len(rows)
            if self._limit is not None and len(self.paths) < MAX_PARTS:
                if self._in_part >= self._limit:
                    self._next()
                room = self._limit - self._in_part
            share = rows[start : start + room]
            self._put("".join(self._line([text_of(value) for value in row]) for row in share))
            self._in_part += len(share)
            self.rows += len(share)
            start += len(share)

    def _next(self) -> None:
        if self._file is not None:
            self._file.close()
        path = self._folder / f"part-{len(self.paths)}.csv"
        self._file = path.open("w", encoding="utf-8", newline="")
        self.paths.append(path)
        self._in_part = 0
        self._put(self._header)

    def _put(self, text: str) -> None:
        if self._file is None:
            raise RunFailedError("The result file is closed.")
        self._file.write(text)

    def _line(self, cells: Sequence[str | None]) -> str:
        return self._form.separator.join([self._cell(cell) for cell in cells]) + "\n"

    def _cell(self, cell: str | None) -> str:
        if cell is None:
            return ""
        if cell and not self._quoted.search(cell):
            return cell
        form = self._form
        # A backslash that stands before a quote, or ends the field, would swallow the quote.
        inner = self._swallowing.sub(lambda found: found[1] * 2 + self._escaped[found[2]], cell)
        return form.quote + inner + form.quote
