"""Running a compiled query: into a table, through the privacy rules, out as CSV."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from amc.sandbox.query.connection import Guard, Limits, locked_connection
from amc.sandbox.query.csvfile import CsvParts, OutputFormat
from amc.sandbox.query.errors import RunFailedError
from amc.sandbox.query.output import OutputColumn
from amc.sandbox.query.privacy import RESULT, Rules, kept_sql, place, touched_sql

BATCH = 5000
TOO_MUCH_MEMORY = "The query needed more memory than is allowed."


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What came out of a run.

    Attributes:
        rows: rows written, headers aside.
        parts: the CSV files in their order; each has the header.
        bytes: their size together.
        filtered_rows: rows of the query that had too few users.
        execution_time_s: real seconds of computing.
    """

    rows: int
    parts: tuple[Path, ...]
    bytes: int
    filtered_rows: int
    execution_time_s: float


@dataclass(frozen=True, slots=True)
class Job:
    """One computation."""

    sql: str
    rules: Rules
    hidden: tuple[str, ...]
    columns: tuple[OutputColumn, ...]
    form: OutputFormat
    rows_per_part: int | None


def run_job(
    job: Job,
    limits: Limits,
    folder: Path,
    cancel: threading.Event | None,
    timeout_s: float | None,
) -> RunOutcome:
    """Compute into CSV files under a folder.

    Raises:
        RunFailedError: it could not be computed, was cancelled, or ran out of time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    connection = locked_connection(limits)
    guard = Guard(connection, cancel, timeout_s)
    try:
        with guard.watching():
            guard.check()
            filtered = _compute(connection, job, guard)
            with CsvParts(
                folder, [column.name.lower() for column in job.columns], job.form, job.rows_per_part
            ) as parts:
                for rows in _batches(connection, guard):
                    parts.write(rows)
            return RunOutcome(
                parts.rows, tuple(parts.paths), parts.bytes, filtered, round(guard.seconds, 3)
            )
    except duckdb.OutOfMemoryException:
        raise RunFailedError(TOO_MUCH_MEMORY) from None
    finally:
        connection.close()


def _compute(connection: duckdb.DuckDBPyConnection, job: Job, guard: Guard) -> int:
    """Leave the rows that are shown ready to be fetched; how many rows had too few users."""
    names = [place(number) for number in range(len(job.rules.columns))]
    listed = ", ".join([*names, *(f'"{name}"' for name in job.hidden)])
    inner = f"SELECT * FROM ({job.sql}) AS q({listed})"  # noqa: S608 - made by the translator
    if job.rules.required <= 1 and not job.rules.merging:
        # Nothing to hide: no need to keep the rows before they are written.
        connection.execute(kept_sql(job.rules).replace(RESULT, f"({inner}) AS {RESULT}"))
        return 0
    connection.execute(f"CREATE TEMP TABLE {RESULT} AS {inner}")
    guard.check()
    row = connection.execute(touched_sql(job.rules)).fetchone()
    connection.execute(kept_sql(job.rules))
    return int(row[0]) if row else 0


def _batches(
    connection: duckdb.DuckDBPyConnection, guard: Guard
) -> Iterator[Sequence[Sequence[object]]]:
    while rows := connection.fetchmany(BATCH):
        guard.check()
        yield rows
