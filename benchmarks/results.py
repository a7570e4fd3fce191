"""A result of a million rows: CSV to Parquet, its first page, CSV and Excel; time and memory.

Each step runs in a process of its own, so that its peak memory is its own. Floors of the same run:
DuckDB's plain conversion and its plain CSV, and xlsxwriter in constant memory (a twentieth of the
rows, scaled). `python -m benchmarks.results [ROWS]`.
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import xlsxwriter

from amc.results.export import export_csv, export_excel
from amc.results.ingest import ingest
from amc.results.tables import Part
from amc.results.view import ResultView

ROWS = 1_000_000
SHARE = 20  # of the rows that xlsxwriter writes
TYPES = ("STRING", "STRING", "STRING", "DATE", "LONG", "LONG", "LONG", "DOUBLE", "DOUBLE", "STRING")
NAMES = (
    "campaign_id", "campaign", "ad_product", "event_date", "impressions", "clicks", "purchases",
    "spend", "sales", "device_type",
)  # fmt: skip
COLUMNS = [
    {"name": n, "dataType": t, "columnType": "METRIC" if t in ("LONG", "DOUBLE") else "DIMENSION"}
    for n, t in zip(NAMES, TYPES, strict=True)
]
# name → the most that value ÷ floor may be, and the most memory in MB.
GOALS: dict[str, tuple[float, float]] = {
    "CSV to Parquet": (3.5, 450),
    "first page": (6.0, 250),
    "CSV for spreadsheets": (3.0, 400),
    "Excel": (1 / 3, 450),
}


def make(folder: Path, rows: int) -> None:
    """The CSV as AMC would write it."""
    duckdb.sql("SET enable_progress_bar = false")
    duckdb.sql(
        f"""COPY (
          SELECT (100000000000000 + (i * 7919) % 5000)::VARCHAR AS campaign_id,
                 'Spring, "Sale" ' || (i * 7919) % 5000 AS campaign,
                 CASE i % 3 WHEN 0 THEN 'amazon_dsp' WHEN 1 THEN 'sponsored_products'
                 ELSE 'sponsored_brands' END AS ad_product,
                 DATE '2026-01-01' + (i % 300)::INTEGER AS event_date,
                 i % 9973 AS impressions, i % 97 AS clicks, i % 7 AS purchases,
                 round((i % 9973) * 0.0123, 4) AS spend, round((i % 997) * 1.17, 2) AS sales,
                 CASE i % 2 WHEN 0 THEN 'Phone' ELSE 'PC' END AS device_type
          FROM range({rows}) t(i)
        ) TO '{folder}/raw.csv' (HEADER, QUOTE '"', ESCAPE '\\')"""
    )


def _ingest(folder: Path) -> None:
    ingest([folder / "raw.csv"], COLUMNS, folder / "result.parquet")


def _ingest_floor(folder: Path) -> None:
    duckdb.sql(
        f"COPY (SELECT * FROM read_csv('{folder}/raw.csv', escape='\\')) "
        f"TO '{folder}/floor.parquet' (COMPRESSION zstd)"
    )


def _page(folder: Path) -> None:
    with ResultView(folder / "result.parquet") as view:
        assert len(view.page(offset=0, limit=100, sort=[("sales", "desc")]).frame) == 100


def _page_floor(folder: Path) -> None:
    duckdb.sql(
        f"SELECT * FROM '{folder}/result.parquet' ORDER BY sales DESC NULLS LAST LIMIT 100"
    ).df()


def _csv(folder: Path) -> None:
    export_csv([Part(folder / "result.parquet")], folder / "out.csv", spreadsheet_safe=True)


def _csv_floor(folder: Path) -> None:
    duckdb.sql(f"COPY (FROM '{folder}/result.parquet') TO '{folder}/floor.csv' (HEADER)")


def _excel(folder: Path) -> None:
    export_excel([Part(folder / "result.parquet")], folder / "out.xlsx")


def _excel_floor(folder: Path) -> None:
    found = duckdb.sql(f"FROM '{folder}/result.parquet'")
    book = xlsxwriter.Workbook(str(folder / "floor.xlsx"), {"constant_memory": True})
    sheet = book.add_worksheet()
    rows = found.limit(_rows(folder) // SHARE).fetchall()
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write(number, column, value if isinstance(value, int | float) else str(value))
    book.close()


def _rows(folder: Path) -> int:
    return int(pq.read_metadata(folder / "result.parquet").num_rows)


def _child(pipe: Any, work: Callable[[Path], None], folder: Path) -> None:
    duckdb.sql("SET enable_progress_bar = false")
    started = time.perf_counter()
    work(folder)
    spent = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pipe.send((spent, peak / 1024))


def measured(work: Callable[[Path], None], folder: Path) -> tuple[float, float]:
    """Seconds and peak memory in MB, of a process that does nothing else."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(theirs, work, folder))
    process.start()
    theirs.close()
    spent, peak = ours.recv()
    process.join()
    return float(spent), float(peak)


STEPS: dict[str, tuple[Callable[[Path], None], Callable[[Path], None], float]] = {
    "CSV to Parquet": (_ingest, _ingest_floor, 1),
    "first page": (_page, _page_floor, 1),
    "CSV for spreadsheets": (_csv, _csv_floor, 1),
    "Excel": (_excel, _excel_floor, SHARE),
}


def main(rows: int = ROWS) -> int:
    """Measure; 1 when a goal is missed."""
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, rows)
        size = (folder / "raw.csv").stat().st_size / 1e6
        print(f"{rows:,} rows of {len(NAMES)} columns, {size:.0f} MB of CSV")
        for step, (work, floor_work, scale) in STEPS.items():
            seconds, peak = measured(work, folder)
            floor = measured(floor_work, folder)[0] * scale
            most, memory = GOALS[step]
            print(
                f"{step:<22} {seconds:6.2f} s  floor {floor:6.2f} s  ratio {seconds / floor:6.3f} "
                f"(goal {most:.3f})  peak {peak:4.0f} MB (goal {memory:.0f})"
            )
            missed |= seconds / floor > most or peak > memory
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
