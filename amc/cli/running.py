"""Submitting from the shell: run, wait, write the file."""

import argparse
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from amc.cli.context import actor, seconds
from amc.cli.output import Output, table
from amc.container import Services
from amc.errors import UnableError, UsageError
from amc.services.executions import RunRequest
from amc.services.views import ExecutionView

FORMS = (".csv", ".xlsx", ".parquet")
_LOOK_EVERY_S = 0.5


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """`--skip-unable`, `--wait`, `--out`, `--spreadsheet-safe`."""
    add_skip_unable(parser)
    parser.add_argument("--wait", action="store_true", help="wait until every run has ended")
    parser.add_argument("--out", metavar="FILE", help="write the result: .csv, .xlsx or .parquet")
    parser.add_argument(
        "--spreadsheet-safe",
        action="store_true",
        help="CSV cells that a spreadsheet would run are made harmless",
    )
    parser.add_argument(
        "--timeout", type=seconds, default=0.0, metavar="S", help="stop waiting after S seconds"
    )


def add_skip_unable(parser: argparse.ArgumentParser) -> None:
    """`--skip-unable`."""
    parser.add_argument(
        "--skip-unable",
        action="store_true",
        help="leave out instances that cannot run it, and say which and why",
    )


def submitted(
    built: Services, request: RunRequest, args: argparse.Namespace, *, actor_name: str
) -> tuple[list[str], list[dict[str, str]]]:
    """Submit one of many requests; the executions' ids and what was left out.

    With `--skip-unable`, one that no instance can run is left out whole.

    Raises:
        AmcError: see `ExecutionsService.submit`.
    """
    try:
        made = built.executions.submit(_leaving_out(request, args), actor_name)
    except UnableError as exc:
        if not args.skip_unable:
            raise
        return [], exc.unable
    return [e.id for e in made.executions], [asdict(entry) for entry in made.left_out]


def _leaving_out(request: RunRequest, args: argparse.Namespace) -> RunRequest:
    return replace(request, leave_out=None) if args.skip_unable else request


def run(built: Services, request: RunRequest, args: argparse.Namespace, output: Output) -> int:
    """Submit a request and, when asked, wait and write the result; gives the exit code."""
    out = Path(args.out) if args.out else None
    if out is not None:
        check_out(out)
    if args.wait or out is not None:
        built.health.require_scheduler()
    fleet_run = built.executions.submit(_leaving_out(request, args), actor())
    for skipped in fleet_run.left_out:
        output.say(f"Left out {skipped.instance_id}: {skipped.reason}")
    executions = fleet_run.executions
    if args.wait or out is not None:
        executions = wait(built, [e.id for e in executions], output, timeout_s=args.timeout)
        if out is not None:
            _write(built, executions, out, output, safe=args.spreadsheet_safe)
    output.answer(
        {
            "fleet_run": fleet_run.id,
            "executions": [e_json(e) for e in executions],
            "skipped": [asdict(skipped) for skipped in fleet_run.left_out],
        },
        execution_table(executions),
    )
    bad = [e for e in executions if e.is_final and e.status != "READY"]
    for execution in bad:
        say_why(execution, output)
    unfinished = (args.wait or out is not None) and any(not e.is_final for e in executions)
    return 1 if bad or unfinished else 0


def check_out(out: Path) -> None:
    """Refuse a file name that cannot be written, before anything is sent.

    Raises:
        UsageError: another ending, no such folder, or one that cannot be written.
    """
    if out.suffix.lower() not in FORMS:
        raise UsageError(f"--out {out.name}: the name must end in {', '.join(FORMS)}.")
    if not out.parent.is_dir():
        raise UsageError(f"--out: the folder {out.parent} does not exist.")
    if out.is_dir():
        raise UsageError(f"--out: {out} is a folder. Name a file.")
    try:
        # Permission bits do not tell of file systems that take no files: a file is tried.
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    except OSError as exc:
        raise UsageError(f"--out: no file can be made in {out.parent}: {exc.strerror}.") from None


def wait(
    built: Services, execution_ids: list[str], output: Output, *, timeout_s: float = 0.0
) -> list[ExecutionView]:
    """Wait until all have ended; says each change of state on stderr.

    Raises:
        SchedulerDownError: the scheduler died meanwhile, so nothing moves any more.
    """
    shown: dict[str, str] = {}
    started = built.clock.monotonic()
    looks = 0
    while True:
        found = [built.executions.get(i) for i in execution_ids]
        for execution in found:
            if shown.get(execution.id) != execution.status:
                shown[execution.id] = execution.status
                output.say(f"{execution.id}  {execution.instance_id}  {execution.status}")
        if all(e.is_final for e in found):
            return found
        if timeout_s and built.clock.monotonic() - started > timeout_s:
            output.say("Stopped waiting; the runs go on. See: python -m amc executions wait")
            return found
        looks += 1
        if looks % 20 == 0:
            built.health.require_scheduler()
        built.clock.sleep(_LOOK_EVERY_S)


def _write(
    built: Services, executions: list[ExecutionView], out: Path, output: Output, *, safe: bool
) -> None:
    ready = [e.id for e in executions if e.status == "READY"]
    if not ready:
        return
    form = {".csv": "csv-safe" if safe else "csv"}.get(out.suffix.lower(), out.suffix[1:].lower())
    rows = built.results.write(ready, out, form=form, with_instance=len(executions) > 1)
    output.say(f"{rows:,} rows written to {out}")


def e_json(execution: ExecutionView) -> dict[str, Any]:
    """An execution in the form that other programs rely on."""
    from amc.services.views import as_json

    out: dict[str, Any] = as_json(execution)
    return out


def execution_table(executions: list[ExecutionView]) -> str:
    """Executions as a table."""
    return table(
        ("execution", "instance", "status", "amc status", "rows", "window", "what"),
        [
            (
                e.id,
                e.instance_id,
                e.status,
                e.amc_status,
                e.rows,
                f"{e.window['start'][:10]} to {e.window['end'][:10]}",
                e.title,
            )
            for e in executions
        ],
    )


def say_why(execution: ExecutionView, output: Output) -> None:
    """Why a run did not succeed, in Amazon's words and ours."""
    output.say(
        f"{execution.id} on {execution.instance_id} is {execution.status}: "
        f"{execution.reason or 'no reason given'}"
    )
    if execution.cause:
        output.say(f"  {execution.cause['cause']} {execution.cause['fix']}")
        if told := execution.cause.get("told"):
            output.say(f"  In your text: {told}")


def read_sql(path: str) -> str:
    """The text of a file, or of stdin for `-`.

    Raises:
        UsageError: it cannot be read, is not text, or holds nothing.
    """
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as exc:
        raise UsageError(f"{path} cannot be read: {exc.strerror}.") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not a UTF-8 text.", hint="Save it as UTF-8.") from None
    if not text.strip():
        name = "Standard input" if path == "-" else path
        raise UsageError(f"{name} holds no SQL.", hint="Write a query that begins with SELECT.")
    return text
