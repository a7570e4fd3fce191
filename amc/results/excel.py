"""Excel workbooks: streamed, typed, never a formula or a link from data."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
from rustpy_xlsxwriter import Format, write_worksheets

from amc.errors import ResultTooLargeError
from amc.results.columns import ResultColumn
from amc.results.duck import ident
from amc.results.files import storage_error
from amc.results.tables import Table

SHEET_ROWS = 1_048_575
"""Rows of a sheet under its header."""
SHEET_COLUMNS = 16_384
_CELL = 32_767  # characters (UTF-16 units) that a cell holds
_KEPT = 32_000  # of a longer text; the rest of the cell says that it was cut
_EXACT = 10**15  # whole numbers from here on have more digits than Excel keeps
_BATCH = 10_000
_WIDTHS = (10.0, 44.0)
_ASTRAL = "[^\\x{10000}-\\x{10FFFF}]"

_NUMBER_FORMATS = {
    "integer": "#,##0",
    "decimal": "#,##0.00##",
    "double": "#,##0.00####",
    "date": "yyyy-mm-dd",
    "timestamp": "yyyy-mm-dd hh:mm:ss",
}


@dataclass(frozen=True, slots=True)
class ExcelChart:
    """A native chart over a small frame that is written to a sheet of its own.

    Attributes:
        frame: the chart's data, a column for the categories and one for each series.
        kind: the form.
        categories: the column of the labels (of the x values for `scatter`).
        series: the columns that are drawn.
        title: over the chart.
    """

    frame: pd.DataFrame
    kind: Literal["column", "column_stacked", "bar", "bar_stacked", "line", "scatter"]
    categories: str
    series: Sequence[str]
    title: str = ""


def write_excel(
    table: Table, to: Path, *, manifest: Mapping[str, object], chart: ExcelChart | None = None
) -> list[str]:
    """Write a workbook; sentences on what could not be kept as it is.

    Raises:
        ResultTooLargeError: more columns than a sheet has.
        StorageFullError, StoreError: it cannot be written.
    """
    if len(table.columns) > SHEET_COLUMNS:
        raise ResultTooLargeError(f"A sheet holds {SHEET_COLUMNS:,} columns; export as CSV.")
    texts, notices = _what_stays_text(table)
    sheets: list[tuple[str, Any]] = [
        (name, _reader(table, texts, start)) for name, start in _sheets(table.rows)
    ]
    if len(sheets) > 1:
        notices.append(
            f"{table.rows:,} rows are more than a sheet holds; they go over {len(sheets)} sheets."
        )
    result_sheets = [name for name, _ in sheets]
    formats = [_format(column, as_text=column.name in texts) for column in table.columns]
    ids = [_label(c) for c in table.columns if c.kind == "text" or c.name in texts]
    options: dict[str, Any] = {
        "column_formats": dict.fromkeys(result_sheets, formats),
        "column_widths": {name: [_width(c) for c in table.columns] for name in result_sheets},
        # Ids are digits kept as text on purpose: no green triangles.
        "ignore_errors": dict.fromkeys(result_sheets, ids) if ids else {},
    }
    if chart is not None:
        sheets.append(("Chart", _chart_frame(chart)))
        options["charts"] = {"Chart": [_native(chart)]}
    sheets.append(("About", _about(table, manifest, notices)))
    options["column_widths"]["About"] = [28.0, 100.0]
    try:
        write_worksheets(
            sheets,
            str(to),
            freeze_panes={"general": {"row": 1, "col": 0}},
            bold_headers=True,
            inf_value="Infinity",
            **options,
        )
    except OSError as exc:
        raise storage_error(exc, "the workbook") from exc
    return notices


def _sheets(rows: int) -> list[tuple[str, int]]:
    starts = range(0, max(rows, 1), SHEET_ROWS)
    return [("Result" if i == 0 else f"Result {i + 1}", start) for i, start in enumerate(starts)]


def _what_stays_text(table: Table) -> tuple[set[str], list[str]]:
    """Number and date columns that Excel could not hold exactly, and the notices about them."""
    questions = []
    for column in table.columns:
        name = ident(column.name)
        if column.kind == "integer":
            questions.append((column, f"max(abs(CAST({name} AS HUGEINT))) >= {_EXACT}"))
        if column.kind in ("date", "timestamp"):
            # Its calendar begins in 1900 and ends with 9999.
            questions.append((column, f"min({name}) < DATE '1900-03-01'"))
        if column.kind == "text":
            questions.append((column, f"count(*) FILTER (WHERE {_too_long(name)})"))
    answers: list[Any] = []
    for start in range(0, len(questions), 50):
        chosen = ", ".join(question for _, question in questions[start : start + 50])
        row = table.connection.execute(f"SELECT {chosen} FROM {table.source}").fetchone()  # noqa: S608 - names of the schema, quoted
        answers += row or ()
    texts, notices = set(), []
    for (column, _), answer in zip(questions, answers, strict=True):
        if not answer:
            continue
        if column.kind == "text":
            notices.append(
                f"{answer:,} texts of column '{column.name}' are longer than a cell holds and are"
                " cut; the CSV export has them whole."
            )
        else:
            texts.add(column.name)
            notices.append(f"Column '{column.name}' is text: Excel cannot hold it exactly.")
    return texts, notices


def _too_long(name: str) -> str:
    # The length in UTF-16 units, asked for only where the bytes allow it to be too long.
    units = f"length({name}) + length(regexp_replace({name}, '{_ASTRAL}', '', 'g'))"
    return f"CASE WHEN strlen({name}) > {_CELL} THEN {units} > {_CELL} ELSE false END"


def _cell(column: ResultColumn, *, as_text: bool) -> str:
    name = ident(column.name)
    if column.kind == "text":
        half = _KEPT // 2  # whatever the characters, this many fit
        mark = f"' … [cut: ' || length({name}) || ' characters]'"
        return f"CASE WHEN {_too_long(name)} THEN left({name}, {half}) || {mark} ELSE {name} END"
    if as_text:
        return f"CAST({name} AS VARCHAR)"
    if column.kind in ("integer", "decimal"):
        return f"CAST({name} AS DOUBLE)"  # what a cell holds anyway
    return name


def _reader(table: Table, texts: set[str], start: int) -> pa.RecordBatchReader:
    """The rows of one sheet, batch by batch."""
    chosen = ", ".join(
        f"{_cell(column, as_text=column.name in texts)} AS {ident(column.name)}"
        for column in table.columns
    )
    cursor = table.connection.cursor()
    query = f"SELECT {chosen} FROM {table.source} LIMIT {SHEET_ROWS} OFFSET {start}"  # noqa: S608 - as above
    batches: pa.RecordBatchReader = cursor.sql(query).to_arrow_reader(_BATCH)
    labels = [_label(column) for column in table.columns]
    schema = pa.schema(
        [pa.field(label, f.type) for label, f in zip(labels, batches.schema, strict=True)]
    )

    def renamed() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, renamed())


def _label(column: ResultColumn) -> str:
    return _clean(column.label or column.name)


def _clean(text: str) -> str:
    return re.sub(r"[\x00-\x1f\ud800-\udfff]+", " ", text)[:255]


def _format(column: ResultColumn, *, as_text: bool) -> Format:
    if column.kind == "text" or as_text:
        return Format().set_num_format("@")
    if column.kind == "decimal" and column.sql_type.endswith(",0)"):
        return Format().set_num_format(_NUMBER_FORMATS["integer"])
    pattern = _NUMBER_FORMATS.get(column.kind)
    return Format().set_num_format(pattern) if pattern else Format()


def _width(column: ResultColumn) -> float:
    return min(max(_WIDTHS[0], len(column.label) + 3.0), _WIDTHS[1])


def _chart_frame(chart: ExcelChart) -> pd.DataFrame:
    kept = chart.frame[[chart.categories, *chart.series]]
    return kept.rename(columns={name: _clean(str(name)) for name in kept.columns})


def _native(chart: ExcelChart) -> dict[str, Any]:
    return {
        "type": chart.kind,
        "categories": _clean(chart.categories),
        "series": [_clean(name) for name in chart.series],
        "title": _clean(chart.title) or "Chart",
        "width": 900,
        "height": 420,
    }


def _about(
    table: Table, manifest: Mapping[str, object], notices: Sequence[str]
) -> list[dict[str, str]]:
    """Where the figures come from, as text."""
    rows = [{"About this result": "rows", "Value": f"{table.rows:,}"}]
    rows += [{"About this result": "notice", "Value": notice} for notice in notices]
    rows += [
        {"About this result": _clean(str(key)), "Value": str(value)[:_KEPT]}
        for key, value in manifest.items()
    ]
    return rows
