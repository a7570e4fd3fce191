"""The engine: AMC SQL in, CSV as AMC writes it out."""

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from amc.log import get_logger
from amc.sandbox.query.compiling import CompiledQuery, CompileRequest, prepare
from amc.sandbox.query.connection import Limits
from amc.sandbox.query.csvfile import OutputFormat
from amc.sandbox.query.errors import CompileError, RunFailedError
from amc.sandbox.query.parameters import bound
from amc.sandbox.query.running import Job, RunOutcome, run_job
from amc.sandbox.query.sources import InstanceSources
from amc.sandbox.query.translate import Relations, hidden_names, to_sql
from amc.sandbox.query.typing_pass import typed_query
from amc.sql.catalog import Catalog
from amc.sql.errors import SqlPlaceError

log = get_logger(__name__)

INVALID = "SQL query was invalid"
FAILED = "Workflow execution failed with an internal error."
_PLANS = 64


class QueryEngine:
    """Compiles and runs the queries of all instances; safe to use from several threads."""

    def __init__(
        self,
        catalog: Catalog,
        relation: Relations,
        *,
        memory_limit: str = "1GB",
        threads: int = 1,
        temp_dir: Path | None = None,
        data_folders: tuple[Path, ...] = (),
        user_number: str = "",
    ) -> None:
        """Keep the catalog and where events come from.

        Args:
            catalog: AMC's data sources.
            relation: gives a DuckDB table expression for the events of an instance.
            memory_limit: of one execution, as DuckDB writes it.
            threads: of one execution.
            temp_dir: where an execution may spill to.
            data_folders: the folders that `relation` reads; nothing else on the machine can be
                read when they are given.
            user_number: the column by which `relation` gives a user as a number (NULL without a
                user id), different for different user ids; empty when it does not.
        """
        self._catalog, self._relation, self._user_number = catalog, relation, user_number
        self._limits = Limits(memory_limit, threads, temp_dir, data_folders)
        self._plans: OrderedDict[str, CompiledQuery] = OrderedDict()
        self._guard = threading.Lock()

    def compile(self, request: CompileRequest) -> CompiledQuery:
        """Check a query and plan it; a text that was planned lately is not planned again.

        Raises:
            CompileError: AMC would not compile it; the text is AMC's.
        """
        key = repr(replace(request, workflow_id=""))
        with self._guard:
            known = self._plans.get(key)
            if known is not None:
                self._plans.move_to_end(key)
        if known is not None:
            return replace(known, workflow_id=request.workflow_id)
        made = self._compiled(request)
        with self._guard:
            self._plans[key] = made
            if len(self._plans) > _PLANS:
                self._plans.popitem(last=False)
        return made

    def _compiled(self, request: CompileRequest) -> CompiledQuery:
        sources = InstanceSources(self._catalog, request.available, audience=request.audience)
        try:
            return typed_query(prepare(request, sources, self._catalog), self._catalog)
        except CompileError:
            raise
        except (SqlPlaceError, duckdb.Error) as error:
            raise CompileError(_invalid(error), request.workflow_id) from error
        except Exception as error:
            # A defect of ours must not take the server down: it is told like a refusal.
            log.exception("compile failed", action="query.compile", workflow=request.workflow_id)
            raise CompileError(INVALID, request.workflow_id) from error

    def run(
        self,
        compiled: CompiledQuery,
        *,
        instance_id: str,
        start: datetime,
        end: datetime,
        parameters: Mapping[str, Any],
        now: datetime,
        out_dir: Path,
        timeout_s: float | None = None,
        cancel_event: threading.Event | None = None,
        max_rows_per_part: int | None = None,
        output_format: Mapping[str, Any] | None = None,
    ) -> RunOutcome:
        """Compute a compiled query over a window of one instance.

        Args:
            compiled: what `compile` gave.
            instance_id: whose events.
            start: start of the window, an instant.
            end: its end; the window is half-open.
            parameters: `parameterValues` of the API.
            now: what time it is, for CURRENT_DATE and its like.
            out_dir: where `part-0.csv`, … are written.
            timeout_s: real seconds until the run is given up.
            cancel_event: set by another thread to stop the run.
            max_rows_per_part: begins a new file after so many rows (five files at most).
            output_format: `outputFormat` of the API.

        Raises:
            CompileError: a parameter value is missing or wrong.
            RunCancelledError: `cancel_event` was set.
            RunTimedOutError: the time was over.
            RunFailedError: anything else; the text is fit for `statusReason`.
        """
        values = bound(compiled.parameters, parameters, compiled.workflow_id)
        form = OutputFormat.of(output_format)
        try:
            sql = self._sql(compiled, instance_id, values, (start, end), now)
            hidden = hidden_names(compiled.tree)
            job = Job(sql, compiled.rules, hidden, compiled.columns, form, max_rows_per_part)
            return run_job(job, self._limits, out_dir, cancel_event, timeout_s)
        except (RunFailedError, CompileError):
            raise
        except Exception as error:
            # Whatever it was, the execution ends with one text.
            log.exception("query failed", action="query.run", workflow=compiled.workflow_id)
            raise RunFailedError(_failure(error)) from error

    def _sql(
        self,
        compiled: CompiledQuery,
        instance_id: str,
        values: Mapping[str, Any],
        window: tuple[datetime, datetime],
        now: datetime,
    ) -> str:
        def tables(source: str, columns: list[str], first: datetime, last: datetime) -> str:
            return self._relation(instance_id, source, columns, first, last)

        return to_sql(compiled, tables, values, window, now, self._catalog, self._user_number)


def _failure(error: Exception) -> str:
    """One sentence for the status: what the data made impossible, or the internal error."""
    if isinstance(error, duckdb.ConversionException | duckdb.OutOfRangeException):
        return f"Workflow execution failed: {_first_line(error)}"
    return FAILED


def _invalid(error: Exception) -> str:
    """What the translator or the database's binder says, without its own words around it."""
    said = _first_line(error)
    if not isinstance(error, SqlPlaceError):
        return _reworded(_PREFIX.sub("", said))
    if (error.end_line, error.end_column) == (1, 1):
        return f"{INVALID}: {error.message}"
    return (
        f"From line {error.line}, column {error.column} "
        f"to line {error.end_line}, column {max(1, error.end_column - 1)}: {error.message}"
    )


def _reworded(said: str) -> str:
    """What the database's binder found, as Calcite would say it."""
    call = _NO_SUCH_CALL.search(said)
    if call is not None:
        name, kinds = call[1].upper(), call[2].replace("_LITERAL", "").split(", ")
        shown = ", ".join(f"<{kind}>" for kind in kinds)
        return f"Cannot apply '{name}' to arguments of type '{name}({shown})'"
    if said.startswith("Cannot combine types"):
        return "Values passed to VALUES operator must have compatible types"
    if said.startswith("Cannot mix values of type"):
        return "Illegal mixing of types in CASE or COALESCE statement"
    return f"{INVALID}: {said}"


_NO_SUCH_CALL = re.compile(
    r"(?:given name and argument types '|for the function call \")(.+?)\((.*)\)['\"]"
)
_PREFIX = re.compile(r"^(?:\w+ )+Error: ")


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return text[0] if text else type(error).__name__
