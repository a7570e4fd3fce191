"""`executions …`: follow, cancel, download."""

import argparse
from pathlib import Path

from amc.cli.context import LIMIT, OFFSET, actor, seconds, services
from amc.cli.main import add, group
from amc.cli.output import Output
from amc.cli.running import check_out, e_json, execution_table, say_why, wait
from amc.services.executions import STATES, ExecutionFilter
from amc.services.views import as_json


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group."""
    inner = group(commands, "executions", "runs and their results")
    listing = add(inner, "list", _list, "executions, newest first")
    listing.add_argument(
        "--state", action="append", default=[], type=str.upper, choices=STATES, metavar="STATE"
    )
    listing.add_argument("--instance", action="append", default=[], metavar="ID")
    listing.add_argument("--template", action="append", default=[])
    listing.add_argument("--limit", type=LIMIT, default=50)
    listing.add_argument("--offset", type=OFFSET, default=0)
    show = add(inner, "show", _show, "one execution with texts and timeline")
    show.add_argument("execution")
    waiting = add(inner, "wait", _wait, "wait until executions have ended")
    waiting.add_argument("execution", nargs="+")
    waiting.add_argument("--timeout", type=seconds, default=0.0, metavar="S")
    cancel = add(inner, "cancel", _cancel, "stop executions")
    cancel.add_argument("execution", nargs="+")
    again = add(inner, "rerun", _rerun, "run the same again")
    again.add_argument("execution")
    download = add(inner, "download", _download, "write a result to a file")
    download.add_argument("execution", nargs="+")
    download.add_argument("--out", required=True, metavar="FILE")
    download.add_argument("--spreadsheet-safe", action="store_true")
    manifest = add(inner, "manifest", _manifest, "everything about an execution, as JSON")
    manifest.add_argument("execution")


def _list(args: argparse.Namespace, output: Output) -> int:
    chosen = ExecutionFilter(
        states=tuple(args.state),
        instance_ids=tuple(args.instance),
        templates=tuple(args.template),
    )
    with services() as built:
        found, total = built.executions.page(chosen, limit=args.limit, offset=args.offset)
        output.answer(
            {"executions": [e_json(e) for e in found], "total": total}, execution_table(found)
        )
    return 0


def _show(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        detail = built.executions.detail(args.execution)
        lines = [
            execution_table([detail.execution]),
            detail.author_sql,
            "",
            *(
                f"{as_json(e.at)}  {e.state:<12} {e.text} {e.request_id}".rstrip()
                for e in detail.events
            ),
        ]
        document = e_json(detail.execution) | {
            "author_sql": detail.author_sql,
            "sent_sql": detail.sent_sql,
            "events": as_json(detail.events),
        }
        output.answer({"executions": [document]}, "\n".join(lines))
        if detail.execution.reason:
            say_why(detail.execution, output)
    return 0


def _wait(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        built.health.require_scheduler()
        found = wait(built, args.execution, output, timeout_s=args.timeout)
        output.answer({"executions": [e_json(e) for e in found]}, execution_table(found))
        for execution in found:
            if execution.status not in ("READY",) and execution.is_final:
                say_why(execution, output)
        return 0 if all(e.status == "READY" for e in found) else 1


def _cancel(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        found = [built.executions.cancel(e, actor()) for e in args.execution]
        output.answer({"executions": [e_json(e) for e in found]}, execution_table(found))
    return 0


def _rerun(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        run = built.executions.rerun(args.execution, actor())
        output.answer(
            {"fleet_run": run.id, "executions": [e_json(e) for e in run.executions]},
            execution_table(run.executions),
        )
    return 0


def _download(args: argparse.Namespace, output: Output) -> int:
    out = Path(args.out)
    check_out(out)
    suffix = out.suffix.lower()
    form = "csv-safe" if suffix == ".csv" and args.spreadsheet_safe else suffix[1:]
    with services() as built:
        rows = built.results.write(
            args.execution, out, form=form, with_instance=len(args.execution) > 1
        )
        output.answer({"rows": rows, "file": str(out)}, f"{rows:,} rows written to {out}")
    return 0


def _manifest(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        manifest = built.executions.manifest(args.execution)
    document = Output(as_json=True)
    document.answer(manifest, "")
    return 0
