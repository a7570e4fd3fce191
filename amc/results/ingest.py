"""What was downloaded, made into one Parquet file: typed, complete, and all or nothing."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from amc.errors import AmcError, ResultFormatError, ResultTooLargeError, StorageFullError
from amc.results.cleaning import Cleaned, PartInfo, clean_parts, file_sha256
from amc.results.column_types import cast, decide_types
from amc.results.columns import ResultColumn, declared_columns
from amc.results.duck import ident, literal, locked_down
from amc.results.files import move_into_place, scratch_folder, storage_error
from amc.results.suppressed import Suppression, measure_suppression
from amc.results.unpacking import Limits

METADATA_KEY = "amc"
_MOST_CAMPAIGNS = 50_000


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of the parts.

    Attributes:
        rows: rows of the result.
        columns: its columns with their settled types.
        bytes: size of the Parquet file.
        sha256: hash of the Parquet file.
        csv_bytes: size of the CSV text, unpacked.
        parts: the downloaded files with size and SHA-256.
        suppression: what AMC hid.
        warnings: sentences for the reader, such as columns that stayed text.
        campaign_ids: the distinct campaign ids in it, for the mappings.
    """

    rows: int
    columns: tuple[ResultColumn, ...]
    bytes: int
    sha256: str
    csv_bytes: int
    parts: tuple[PartInfo, ...]
    suppression: Suppression
    warnings: tuple[str, ...] = ()
    campaign_ids: tuple[str, ...] = field(default=(), repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The report as data, for the execution's row and manifest; without campaign ids."""
        return {
            "rows": self.rows,
            "columns": [column.to_dict() for column in self.columns],
            "bytes": self.bytes,
            "sha256": self.sha256,
            "csv_bytes": self.csv_bytes,
            "parts": [asdict(part) for part in self.parts],
            "suppression": self.suppression.to_dict(),
            "warnings": list(self.warnings),
        }


def ingest(
    parts: Sequence[Path],
    output_columns: Sequence[Mapping[str, Any]] | None,
    to: Path,
    *,
    work_dir: Path | None = None,
    limits: Limits | None = None,
    discriminator: str | None = None,
) -> IngestReport:
    """Read AMC's CSV parts into one Parquet file.

    Every value is read as text first and then turned into the type of its output column. Ids stay
    text. If a single value of a column does not fit, the whole column stays text and the report
    says so; no row is ever dropped. Timestamps are kept as UTC wall times without offset.

    Args:
        parts: the downloaded files, in order; gzip is told by its first bytes.
        output_columns: AMC's description: dicts with `name`, `dataType`, `columnType`; None when
            unknown, then only plain numbers that are no ids are told from text.
        to: the Parquet file to make; it appears whole or not at all.
        work_dir: where working files go, on the file system of `to`; beside `to` when None.
        limits: what is too large.
        discriminator: name of AMC's column that marks removed values, if it was asked for.

    Raises:
        ResultFormatError: the files are not one CSV table.
        ResultTooLargeError: a limit is passed.
        StorageFullError, StoreError: the file cannot be written.
    """
    with scratch_folder(work_dir or to.parent) as folder:
        try:
            to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            return _ingest(parts, output_columns, to, folder, limits, discriminator)
        except OSError as exc:
            raise storage_error(exc, "the result") from exc


def _ingest(
    parts: Sequence[Path],
    output_columns: Sequence[Mapping[str, Any]] | None,
    to: Path,
    folder: Path,
    limits: Limits | None,
    discriminator: str | None,
) -> IngestReport:
    expected = [str(column.get("name", "")) for column in output_columns or ()]
    table, parquet = folder / "clean.csv", folder / "result.parquet"
    sizes = limits or Limits()
    cleaned = clean_parts(parts, table, expected=expected or None, limits=sizes)
    declared = declared_columns(cleaned.header, output_columns)
    with locked_down(folders=[folder], spill=folder, columns=len(declared)) as connection:
        columns = _convert(connection, table, parquet, declared, cleaned, sizes)
        source = f"read_parquet({literal(str(parquet))})"
        suppression = measure_suppression(connection, source, columns, discriminator=discriminator)
        campaigns = _campaign_ids(connection, source, columns)
    move_into_place(parquet, to)
    return IngestReport(
        rows=cleaned.rows,
        columns=tuple(columns),
        bytes=to.stat().st_size,
        sha256=file_sha256(to),
        csv_bytes=cleaned.bytes,
        parts=tuple(cleaned.parts),
        suppression=suppression,
        warnings=tuple(_warnings(cleaned, columns, expected)),
        campaign_ids=campaigns,
    )


def _convert(
    connection: duckdb.DuckDBPyConnection,
    table: Path,
    parquet: Path,
    declared: Sequence[ResultColumn],
    cleaned: Cleaned,
    limits: Limits,
) -> list[ResultColumn]:
    """Settle the types and write the Parquet file."""
    source = _csv_source(table, len(declared), limits)
    try:
        columns = decide_types(connection, source, declared)
        chosen = ", ".join(
            f"{cast(i, column)} AS {ident(column.name)}" for i, column in enumerate(columns)
        )
        described = json.dumps({"columns": [column.to_dict() for column in columns]})
        written = connection.execute(
            f"COPY (SELECT {chosen} FROM {source}) TO {literal(str(parquet))}"  # noqa: S608 - names of the header, quoted
            f" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_row_group(len(columns))},"
            f" KV_METADATA {{{METADATA_KEY}: {literal(described)}}})"
        ).fetchone()
    except duckdb.Error as exc:
        raise _refusal(exc) from exc
    if written is None or written[0] != cleaned.rows:
        raise ResultFormatError(
            f"The files have {cleaned.rows:,} rows, but {written and written[0]:,} were read.",
            hint="Nothing was kept; fetch the result again.",
        )
    return columns


def _csv_source(table: Path, width: int, limits: Limits) -> str:
    names = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    line = 2 * limits.record + 4 * limits.columns  # quoting anew may make it longer
    return (
        f"read_csv({literal(str(table))}, auto_detect = false, header = false,"
        f" columns = {{{names}}}, delim = ',', quote = '\"', escape = '\"', new_line = '\\n',"
        f" strict_mode = true, null_padding = false, max_line_size = {line},"
        f" buffer_size = {2 * line})"
    )


def _row_group(width: int) -> int:
    """Rows that are held in memory together: fewer of a wide table."""
    return max(2048, min(122_880, 4_000_000 // max(1, width) // 2048 * 2048))


def _refusal(exc: duckdb.Error) -> AmcError:
    text = str(exc)
    if "no space left" in text.lower():
        return StorageFullError("No space left while writing the result.")
    # The offending line itself stays out of the message: it is the customer's data.
    if isinstance(exc, duckdb.OutOfMemoryException):
        return ResultTooLargeError("The result is too large to be converted in memory.")
    if where := re.search(r"CSV Error on Line: ([0-9]+)", text):
        counts = re.search(r"Expected Number of Columns: ([0-9]+) Found: ([0-9]+)", text)
        what = f" has {counts[2]} fields, the header has {counts[1]}" if counts else " is not CSV"
        return ResultFormatError(f"Row {where[1]}{what}.", hint="Fetch the result again.")
    return ResultFormatError(f"The result cannot be converted: {text.partition(chr(10))[0]}")


def _campaign_ids(
    connection: duckdb.DuckDBPyConnection, source: str, columns: Sequence[ResultColumn]
) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for column in columns:
        if column.is_campaign_id:
            name = ident(column.name)
            rows = connection.execute(
                f"SELECT DISTINCT CAST({name} AS VARCHAR) AS v FROM {source}"  # noqa: S608 - as above
                f" WHERE {name} IS NOT NULL ORDER BY v LIMIT {_MOST_CAMPAIGNS}"
            ).fetchall()
            found.update(dict.fromkeys(row[0] for row in rows))
    return tuple(found)


def _warnings(
    cleaned: Cleaned, columns: Sequence[ResultColumn], expected: Sequence[str]
) -> list[str]:
    sentences = [
        f"Column '{column.label}' is kept as text: {column.note}."
        for column in columns
        if column.note and column.note != "ids stay text"
    ]
    sentences += [
        f"Column '{column.label}' is called '{column.name}' here."
        for column in columns
        if column.name != column.label
    ]
    missing = [name for name in expected if name not in cleaned.header]
    if missing:
        sentences.append(f"Announced but not delivered: {', '.join(missing)}.")
    if cleaned.replaced:
        sentences.append("Some bytes are not UTF-8 text; they are shown as \ufffd.")
    return sentences
