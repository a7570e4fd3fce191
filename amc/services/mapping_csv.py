"""Campaign mappings as a CSV file: read with a verdict a row, written so that it reads back."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from amc.errors import MappingError
from amc.formula import guard, unguard

COLUMNS = ("ad_product", "campaign_id", "name", "brand", "tags")
AD_PRODUCTS = (
    "",
    "dsp",
    "sponsored_products",
    "sponsored_brands",
    "sponsored_display",
    "sponsored_television",
)
MAX_BYTES = 20_000_000
MAX_NAME = 500
_ALIASES = {
    "campaign": "name",
    "campaign_name": "name",
    "campaign id": "campaign_id",
    "campaignid": "campaign_id",
    "id": "campaign_id",
    "ad product": "ad_product",
    "ad_product_type": "ad_product",
    "product": "ad_product",
    "brand_tag": "brand",
    "brand tag": "brand",
    "tag": "tags",
}

Verdict = Literal["new", "changed", "same", "bad"]


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One row of a file."""

    line: int
    ad_product: str
    campaign_id: str
    name: str
    brand: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used, and why."""

    line: int
    reason: str
    text: str


@dataclass(slots=True)
class ReadFile:
    """What was found in a file, and how it was written."""

    encoding: str
    separator: str
    columns: list[str]
    rows: list[MappingRow] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


def read(content: bytes) -> ReadFile:
    """Read a mapping file as people make them.

    Accepts UTF-8 with or without a mark, UTF-16, Windows Latin; comma, semicolon or tab; an
    Excel `sep=` line; columns in any order and by their usual other names.

    Raises:
        MappingError: it is no such file at all. Single bad rows are told in `bad`.
    """
    if len(content) > MAX_BYTES:
        raise MappingError(f"The file is larger than {MAX_BYTES // 1_000_000} MB; split it.")
    text, encoding = _decode(content)
    if "\x00" in text:
        raise MappingError("This is not a text file.", hint="Save it as CSV (UTF-8).")
    first, _, rest = text.partition("\n")
    separator = ""
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        separator, text = first.strip()[4], rest
    separator = separator or _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    skipped = 2 if text is rest else 1
    try:
        header = next(reader, [])
        columns = [_canonical(name) for name in header]
        _require_columns(columns, header)
        found = ReadFile(encoding, separator, columns)
        for number, cells in enumerate(reader, start=skipped + 1):
            if any(cell.strip() for cell in cells):
                _take(found, number, cells)
    except csv.Error as exc:
        raise MappingError(f"The file cannot be read as CSV: {exc}.") from exc
    return found


def _decode(content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ("utf-16",)
    else:
        candidates = ("utf-8-sig", "cp1252", "latin-1")  # type: ignore[assignment]
    for encoding in candidates:
        try:
            return content.decode(encoding), encoding
        except UnicodeError:
            continue
    raise MappingError("The text of the file cannot be read.", hint="Save it as CSV (UTF-8).")


def _separator(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _canonical(name: str) -> str:
    plain = name.strip().lower()
    return _ALIASES.get(plain, plain.replace(" ", "_"))


def _require_columns(columns: list[str], header: list[str]) -> None:
    missing = [name for name in ("campaign_id", "name") if name not in columns]
    if missing:
        shown = ", ".join(header) or "nothing"
        raise MappingError(
            f"The file has no column {' and no column '.join(missing)} (found: {shown}).",
            hint=f"The first line names the columns: {','.join(COLUMNS)}.",
        )
    twice = sorted({c for c in columns if columns.count(c) > 1})
    if twice:
        raise MappingError(f"The column {twice[0]} stands twice in the first line.")


def _take(found: ReadFile, line: int, cells: list[str]) -> None:
    if len(cells) > len(found.columns):
        found.bad.append(BadRow(line, "more cells than columns", _short(cells)))
        return
    values = {n: unguard(c.strip()) for n, c in zip(found.columns, cells, strict=False)}
    campaign_id = values.get("campaign_id", "").strip().removeprefix("'")
    product = values.get("ad_product", "").strip().lower().replace(" ", "_")
    name = values.get("name", "")
    reason = why_bad(campaign_id, product, name)
    if reason:
        found.bad.append(BadRow(line, reason, _short(cells)))
        return
    tags = tuple(dict.fromkeys(t.strip() for t in values.get("tags", "").split("|") if t.strip()))
    found.rows.append(MappingRow(line, product, campaign_id, name, values.get("brand", ""), tags))


def why_bad(campaign_id: str, product: str, name: str) -> str:
    """Why a mapping cannot be kept; empty when it can."""
    if not campaign_id:
        return "no campaign id"
    if "E+" in campaign_id.upper() and campaign_id[0].isdigit():
        return "the campaign id was turned into a rounded number by a spreadsheet"
    if len(campaign_id) > 64 or any(c.isspace() for c in campaign_id):
        return "the campaign id has blanks or is longer than 64 characters"
    if product not in AD_PRODUCTS:
        return f"unknown ad product '{product[:40]}' (use one of: {', '.join(AD_PRODUCTS[1:])})"
    if not name:
        return "no name"
    if len(name) > MAX_NAME:
        return f"the name is longer than {MAX_NAME} characters"
    return ""


def _short(cells: list[str]) -> str:
    text = ",".join(cells)
    return text if len(text) <= 120 else text[:117] + "..."


def write(rows: Iterable[MappingRow], *, raw: bool = False) -> Iterator[str]:
    """The rows as CSV lines, the header first.

    Cells that a spreadsheet would run get an apostrophe in front, unless `raw`; `read` takes it
    off again.
    """
    cell = str if raw else guard
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        cells = (row.ad_product, row.campaign_id, row.name, row.brand, "|".join(row.tags))
        writer.writerow([cell(text) for text in cells])
        if buffer.tell() > 65536:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
