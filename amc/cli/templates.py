"""`templates …`: list, show, check, test, run."""

import argparse
import tempfile
from pathlib import Path

from amc.cli.context import (
    add_parameters,
    add_targets,
    add_window,
    read_parameters,
    read_window,
    services,
)
from amc.cli.main import add, group
from amc.cli.output import Output, table
from amc.cli.running import (
    add_run_options,
    add_skip_unable,
    e_json,
    execution_table,
    run,
    say_why,
    submitted,
    wait,
)
from amc.errors import AmcError, UsageError
from amc.services.executions import RunRequest
from amc.services.templates import TemplatesService
from amc.settings import load_settings


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group."""
    inner = group(commands, "templates", "SQL with parameters, ready to run")
    add(inner, "list", _list, "every template")
    show = add(inner, "show", _show, "one template: parameters, output, SQL")
    show.add_argument("name")
    check = add(inner, "check", _check, "whether every template file is right; needs no database")
    check.add_argument("path", nargs="?", help="a folder of templates (default: the shipped ones)")
    test = add(inner, "test", _test, "run templates with their examples and judge the results")
    test.add_argument("name", nargs="*", help="default: every template")
    add_targets(test)
    add_skip_unable(test)
    running = add(inner, "run", _run, "run a template on instances")
    running.add_argument("name")
    add_targets(running)
    add_window(running, with_rule=True)
    add_parameters(running)
    add_run_options(running)


def _list(args: argparse.Namespace, output: Output) -> int:
    found = TemplatesService(load_settings()).all()
    output.answer(
        {"templates": [t.to_dict() for t in found]},
        table(
            ("template", "group", "title", "answers"),
            [(t.name, t.group, t.title, t.question) for t in found],
        ),
    )
    return 0


def _show(args: argparse.Namespace, output: Output) -> int:
    template = TemplatesService(load_settings()).get(args.name)
    lines = [f"{template.title} ({template.name})", template.question, ""]
    lines.append(
        table(
            ("parameter", "type", "required", "default", "help"),
            [
                (
                    p.name,
                    p.type,
                    p.required,
                    str(p.default if p.default is not None else ""),
                    p.help,
                )
                for p in template.parameters
            ],
        )
    )
    lines.append(template.sql)
    output.answer({"templates": [template.to_dict() | {"sql": template.sql}]}, "\n".join(lines))
    return 0


def _check(args: argparse.Namespace, output: Output) -> int:
    folders = (Path(args.path),) if args.path else None
    if folders and folders[0].is_dir() and not any(folders[0].rglob("*.yaml")):
        raise UsageError(f"The folder {folders[0]} holds no template (NAME.sql and NAME.yaml).")
    problems = TemplatesService(load_settings()).check_all(folders)
    output.answer(
        {"problems": problems},
        "".join(f"{p['file']}: {p['message']}\n" for p in problems) or "Every template is right.\n",
    )
    return 1 if any(p["severity"] == "error" for p in problems) else 0


def _run(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        template = built.templates.get(args.name)
        window, rule = read_window(args, built, default=template.default_window)
        request = RunRequest(
            window=window,
            window_rule=rule,
            template=args.name,
            instance_ids=tuple(args.instance),
            instance_set=args.set,
            parameters=read_parameters(args.param),
            title=template.title,
        )
        return run(built, request, args, output)


def _test(args: argparse.Namespace, output: Output) -> int:
    """Every example of every named template, on real instances, read back."""
    with services() as built:
        built.health.require_scheduler()
        names = args.name or [t.name for t in built.templates.all()]
        ids: list[str] = []
        skipped: list[dict[str, str]] = []
        for name in names:
            template = built.templates.get(name)
            window, rule = read_window(_no_window(), built, default=template.default_window)
            for example in template.examples or ({},):
                request = RunRequest(
                    window=window,
                    window_rule=rule,
                    template=name,
                    title=template.title,
                    instance_ids=tuple(args.instance),
                    instance_set=args.set,
                    parameters=dict(example),
                )
                made, left_out = submitted(built, request, args, actor_name="cli:test")
                ids += made
                skipped += [entry | {"template": name} for entry in left_out]
        for entry in skipped:
            output.say(f"{entry['template']} left out {entry['instance_id']}: {entry['reason']}")
        found = wait(built, ids, output)
        problems: dict[str, str] = {}
        for execution in found:
            if execution.status != "READY":
                say_why(execution, output)
                problems[execution.id] = execution.reason
            else:
                problem = _judge(built, execution.id)
                if problem:
                    problems[execution.id] = problem
        for key, problem in problems.items():
            output.say(f"{key}: {problem}")
        output.answer(
            {
                "executions": [e_json(e) for e in found],
                "problems": problems,
                "skipped": skipped,
            },
            execution_table(found),
        )
        return 1 if problems else 0


def _judge(built: "object", execution_id: str) -> str:
    """Whether a result holds what its template promises; empty when it does."""
    from amc.container import Services

    assert isinstance(built, Services)  # noqa: S101 - narrows the type
    with tempfile.TemporaryDirectory() as folder:
        try:
            rows = built.results.write(
                [execution_id], Path(folder) / "x.csv", form="csv", with_instance=False
            )
        except AmcError as exc:
            return str(exc)
    missing = built.results.missing_columns(execution_id)
    if missing:
        return f"the result lacks the columns {', '.join(missing)}"
    return "" if rows else "the result has no rows"


def _no_window() -> argparse.Namespace:
    return argparse.Namespace(start="", end="", zone="", window=None)
