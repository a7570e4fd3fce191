"""`sql …`: check, explain, format, run."""

import argparse
import sys

from amc.cli.context import (
    add_parameters,
    add_targets,
    add_window,
    read_parameters,
    read_window,
    services,
)
from amc.cli.explained import explained
from amc.cli.main import add, group
from amc.cli.output import Output, table
from amc.cli.running import add_run_options, read_sql, run
from amc.services.executions import RunRequest


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group."""
    inner = group(commands, "sql", "AMC SQL by hand")
    check = add(inner, "check", _check, "what Amazon would refuse, and what to mend")
    check.add_argument("file", help="a file, or - for standard input")
    check.add_argument("--instance", metavar="ID", help="against what this instance has")
    check.add_argument(
        "--audience", action="store_true", help="an audience query (seen by itself otherwise)"
    )
    explain = add(inner, "explain", _explain, "what a query reads, gives and hides")
    explain.add_argument("file", help="a file, or - for standard input")
    explain.add_argument("--instance", metavar="ID", help="against what this instance has")
    formatting = add(inner, "format", _format, "the query in good order, comments kept")
    formatting.add_argument("file", help="a file, or - for standard input")
    running = add(inner, "run", _run, "run a query on instances")
    running.add_argument("file", help="a file, or - for standard input")
    add_targets(running)
    add_window(running, with_rule=False)
    add_parameters(running)
    add_run_options(running)
    running.add_argument("--title", default="", help="a name for the run")


def _check(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        sql = read_sql(args.file)
        known = built.instances.get(args.instance) if args.instance else None
        findings = built.templates.check_sql(
            sql,
            sources=built.instances.stored_sources(known.instance_id) if known else None,
            sandbox=known is not None and known.is_sandbox,
            audience=True if args.audience else None,
        )
    text = table(
        ("line", "column", "severity", "code", "message"),
        [(f.line, f.column, f.severity, f.code, f.message) for f in findings],
    )
    output.answer(
        {"findings": [f.to_dict() for f in findings]}, text if findings else "Nothing found.\n"
    )
    return 1 if any(f.severity == "error" for f in findings) else 0


def _explain(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        found = built.templates.explain_sql(
            read_sql(args.file),
            sources=built.instances.stored_sources(args.instance) if args.instance else None,
        )
        if args.instance:
            built.instances.get(args.instance)
    output.answer(found.to_dict(), explained(found))
    return 0


def _format(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        text = built.templates.format_sql(read_sql(args.file))
    if output.json:
        output.answer({"sql": text}, "")
    else:
        sys.stdout.write(text)
    return 0


def _run(args: argparse.Namespace, output: Output) -> int:
    text = read_sql(args.file)
    with services() as built:
        window, rule = read_window(args, built)
        request = RunRequest(
            window=window,
            window_rule=rule,
            sql=text,
            instance_ids=tuple(args.instance),
            instance_set=args.set,
            parameters=read_parameters(args.param),
            title=args.title or ("SQL" if args.file == "-" else args.file.rsplit("/", 1)[-1]),
        )
        return run(built, request, args, output)
