"""Results as files for other programs: CSV, Excel, Parquet, HTML.

Each export appears whole or not at all, and holds every row of the result.
"""

import csv
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from amc.formula import STARTS, guard
from amc.results.columns import ResultColumn
from amc.results.duck import ident, literal
from amc.results.excel import ExcelChart, write_excel
from amc.results.files import move_into_place, scratch_folder, storage_error
from amc.results.html import write_html
from amc.results.joining import CampaignName
from amc.results.tables import Part, Table, open_table

__all__ = [
    "ExcelChart",
    "Export",
    "Form",
    "Part",
    "export",
    "export_csv",
    "export_excel",
    "export_html",
    "export_parquet",
]

Form = Literal["csv", "csv-safe", "xlsx", "parquet", "html"]
Names = Mapping[str, CampaignName]

_DANGEROUS = f"^'*[{re.escape(STARTS)}]"


@dataclass(frozen=True, slots=True)
class Export:
    """A finished export.

    Attributes:
        path: the file.
        rows: rows of the result in it: all of them.
        bytes: its size.
        notices: sentences for the reader, such as that rows were split over sheets.
    """

    path: Path
    rows: int
    bytes: int
    notices: tuple[str, ...] = ()


def export(
    parts: Sequence[Part],
    to: Path,
    form: Form,
    *,
    names: Names | None = None,
    manifest: Mapping[str, object] | None = None,
    title: str = "",
    chart: ExcelChart | None = None,
    figure_html: str = "",
) -> Export:
    """Export in the form asked for; see the functions for each.

    Raises:
        ResultMissingError, ResultFormatError: a stored file is gone or damaged.
        StorageFullError, StoreError: the export cannot be written.
    """
    if form == "xlsx":
        return export_excel(parts, to, names=names, manifest=manifest, chart=chart)
    if form == "parquet":
        return export_parquet(parts, to, names=names)
    if form == "html":
        return export_html(
            parts, to, names=names, manifest=manifest, title=title, figure_html=figure_html
        )
    return export_csv(parts, to, names=names, spreadsheet_safe=form == "csv-safe")


def export_csv(
    parts: Sequence[Part],
    to: Path,
    *,
    spreadsheet_safe: bool = False,
    names: Names | None = None,
) -> Export:
    """CSV as RFC 4180 has it (doubled quotes), UTF-8, line feeds, blank for null.

    Args:
        parts: the stored results.
        to: the file to make.
        spreadsheet_safe: put an apostrophe before texts (never numbers) that a spreadsheet would
            run: those that begin with one of = + - @ | % tab or a line break.
        names: joined beside campaign ids when given.

    Raises:
        As `export`.
    """
    with scratch_folder(to.parent) as folder:
        body, whole = folder / "body.csv", folder / "whole.csv"
        with open_table(parts, names=names, folder=folder) as table:
            chosen = [
                _as_text(column, safe=spreadsheet_safe, alone=len(table.columns) == 1)
                for column in table.columns
            ]
            _copy(
                table,
                f"SELECT {', '.join(chosen)} FROM {table.source}",  # noqa: S608 - names of the schema, quoted
                body,
                "(FORMAT csv, HEADER false, DELIMITER ',', QUOTE '\"', ESCAPE '\"', NULLSTR '')",
            )
            header = [column.label or column.name for column in table.columns]
            rows = table.rows
        if spreadsheet_safe:
            header = [guard(label) for label in header]
        try:
            with whole.open("wb") as out, body.open("rb") as rest:
                _write_header(header, out)
                shutil.copyfileobj(rest, out, 1 << 20)
        except OSError as exc:
            raise storage_error(exc, "the export") from exc
        move_into_place(whole, to)
    return Export(to, rows, to.stat().st_size)


def export_excel(
    parts: Sequence[Part],
    to: Path,
    *,
    names: Names | None = None,
    manifest: Mapping[str, object] | None = None,
    chart: ExcelChart | None = None,
) -> Export:
    """An Excel workbook: the rows, a native chart if one is given, and where it all comes from.

    Texts are texts: nothing from the data becomes a formula or a link. Ids stay text; whole
    numbers with more digits than Excel keeps (15) as well. More rows than a sheet holds go on in
    further sheets.

    Raises:
        As `export`.
    """
    with scratch_folder(to.parent) as folder:
        aside = folder / "workbook.xlsx"
        with open_table(parts, names=names, folder=folder) as table:
            notices = write_excel(table, aside, manifest=manifest or {}, chart=chart)
            rows = table.rows
        move_into_place(aside, to)
    return Export(to, rows, to.stat().st_size, tuple(notices))


def export_parquet(parts: Sequence[Part], to: Path, *, names: Names | None = None) -> Export:
    """Parquet with the exact types; a single result without names is copied byte for byte.

    Raises:
        As `export`.
    """
    with scratch_folder(to.parent) as folder:
        aside = folder / "table.parquet"
        with open_table(parts, names=names, folder=folder) as table:
            rows = table.rows
            if len(parts) > 1 or names or parts[0].fixed:
                chosen = ", ".join(ident(column.name) for column in table.columns)
                query = f"SELECT {chosen} FROM {table.source}"  # noqa: S608 - names of the schema, quoted
                _copy(table, query, aside, "(FORMAT parquet, COMPRESSION zstd)")
            else:
                _copy_file(parts[0].path, aside)
        move_into_place(aside, to)
    return Export(to, rows, to.stat().st_size)


def export_html(
    parts: Sequence[Part],
    to: Path,
    *,
    title: str = "",
    names: Names | None = None,
    manifest: Mapping[str, object] | None = None,
    figure_html: str = "",
) -> Export:
    """One page for a browser, nothing loaded from elsewhere: chart, table, manifest.

    Args:
        parts: the stored results.
        to: the file to make.
        title: heading of the page.
        names: joined beside campaign ids when given.
        manifest: where the result comes from.
        figure_html: the chart as `amc.charts.to_html` gives it.

    Raises:
        As `export`.
    """
    with scratch_folder(to.parent) as folder:
        aside = folder / "page.html"
        with open_table(parts, names=names, folder=folder) as table:
            try:
                notices = write_html(
                    table, aside, title=title, manifest=manifest or {}, figure_html=figure_html
                )
            except OSError as exc:
                raise storage_error(exc, "the export") from exc
            rows = table.rows
        move_into_place(aside, to)
    return Export(to, rows, to.stat().st_size, tuple(notices))


def _copy(table: Table, query: str, to: Path, options: str) -> None:
    try:
        table.connection.execute(f"COPY ({query}) TO {literal(str(to))} {options}")
    except Exception as exc:
        if "no space left" in str(exc).lower():
            raise storage_error(OSError(28, "No space left on device"), "the export") from exc
        raise


def _copy_file(source: Path, to: Path) -> None:
    try:
        shutil.copyfile(source, to)
    except OSError as exc:
        raise storage_error(exc, "the export") from exc


def _write_header(labels: list[str], out: BinaryIO) -> None:
    class Encoded:
        """A text file over a binary one, so that nothing is buffered twice."""

        @staticmethod
        def write(text: str) -> int:
            return out.write(text.encode("utf-8", "replace"))

    csv.writer(Encoded(), lineterminator="\n").writerow(labels)


def _as_text(column: ResultColumn, *, safe: bool, alone: bool) -> str:
    """The expression that writes a column's values as AMC does."""
    name = ident(column.name)
    if column.kind == "text":
        runs = f"regexp_matches({name}, {literal(_DANGEROUS)})"
        guarded = f"CASE WHEN {runs} THEN '''' || {name} ELSE {name} END"
        text = guarded if safe else name
    elif column.kind == "double":
        text = (
            f"CASE WHEN isnan({name}) THEN 'NaN' WHEN isinf({name})"
            f" THEN CASE WHEN {name} > 0 THEN 'Infinity' ELSE '-Infinity' END"
            f" ELSE CAST({name} AS VARCHAR) END"
        )
    elif column.kind == "timestamp":
        text = (
            f"strftime({name}, '%Y-%m-%dT%H:%M:%S.') || CASE WHEN epoch_us({name}) % 1000 = 0"
            f" THEN strftime({name}, '%g') ELSE strftime({name}, '%f') END || 'Z'"
        )
    else:
        text = f"CAST({name} AS VARCHAR)"
    # A lone blank would be an empty line, which many programs skip.
    return f"coalesce({text}, '')" if alone else text
