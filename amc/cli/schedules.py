"""`schedules …`: CRON reports."""

import argparse
from typing import Any

from amc.cli.context import (
    actor,
    add_parameters,
    add_targets,
    hours,
    read_instant,
    read_parameters,
    services,
    whole,
)
from amc.cli.main import add, group
from amc.cli.output import Output, table
from amc.cli.running import read_sql
from amc.errors import UsageError
from amc.services.schedules import MISSED, OVERLAP, ScheduleDraft, ScheduleView, preview_slots
from amc.services.views import as_json
from amc.settings import load_settings


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group."""
    inner = group(commands, "schedules", "CRON reports")
    coming = add(inner, "next", _next, "the coming slots of a CRON rule; needs no database")
    coming.add_argument("cron", help='five fields, e.g. "0 8 * * 1"')
    coming.add_argument("--zone", default="UTC", metavar="Z")
    coming.add_argument("--from", dest="start", metavar="T", help="an instant (default: now)")
    coming.add_argument("--count", type=whole(1, 10_000), default=10)
    coming.add_argument("--window", metavar="RULE", default="")
    add(inner, "list", _list, "every schedule")
    adding = add(inner, "add", _add, "make a schedule")
    adding.add_argument("name")
    adding.add_argument("--cron", required=True)
    adding.add_argument("--zone", default="UTC", metavar="Z")
    adding.add_argument("--window", default="last-7-days", metavar="RULE")
    adding.add_argument("--template", default="")
    adding.add_argument("--sql", default="", metavar="FILE")
    adding.add_argument("--missed", choices=MISSED, default="latest")
    adding.add_argument("--overlap", choices=OVERLAP, default="skip")
    adding.add_argument("--offset-hours", type=hours, default=None)
    add_targets(adding)
    add_parameters(adding)
    for name, command, summary in (
        ("pause", _pause, "stop firing"),
        ("resume", _resume, "fire again"),
        ("remove", _remove, "remove a schedule; its results stay"),
        ("run-now", _run_now, "run it once, now"),
        ("history", _history, "what became of its slots"),
        ("backfill", _backfill, "run the slots of a past span"),
    ):
        add(inner, name, command, summary).add_argument("schedule")
    taking = add(inner, "take-over", _take_over, "own schedules of a person who left")
    taking.add_argument("schedule", nargs="*")
    taking.add_argument("--of", metavar="USER", default="", help="all that this user owns")
    back = inner.choices["backfill"]
    back.add_argument("--from", dest="start", required=True, metavar="T")
    back.add_argument("--to", dest="end", required=True, metavar="T")


def _document(rows: list[ScheduleView]) -> dict[str, Any]:
    return {"schedules": [as_json(row) for row in rows]}


def _text(rows: list[ScheduleView]) -> str:
    return table(
        ("schedule", "name", "cron", "zone", "window", "next slot", "state"),
        [
            (
                r.id,
                r.name,
                r.cron,
                r.zone,
                r.window_rule,
                r.next_slot_at,
                "broken" if r.broken else "paused" if not r.enabled else r.suspended or "on",
            )
            for r in rows
        ],
    )


def _next(args: argparse.Namespace, output: Output) -> int:
    found = preview_slots(
        load_settings(),
        args.cron,
        args.zone,
        start=read_instant(args.start) if args.start else None,
        count=args.count,
        window_rule=args.window,
    )
    output.answer(
        {"slots": [as_json(s) for s in found]},
        table(
            ("slot (UTC)", "local", "window"),
            [
                (
                    s.slot_at,
                    s.local,
                    f"{s.window['start']} to {s.window['end']}" if s.window else "",
                )
                for s in found
            ],
        ),
    )
    return 0


def _list(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        rows = built.schedules.all()
        output.answer(_document(rows), _text(rows))
    return 0


def _add(args: argparse.Namespace, output: Output) -> int:
    if args.template and args.sql:
        raise UsageError("Give either --template or --sql.")
    with services() as built:
        offset = args.offset_hours
        draft = ScheduleDraft(
            name=args.name,
            cron=args.cron,
            zone=args.zone,
            window_rule=args.window,
            template=args.template,
            sql=read_sql(args.sql) if args.sql else "",
            parameters=read_parameters(args.param),
            instance_ids=tuple(args.instance),
            instance_set=args.set,
            missed=args.missed,
            overlap=args.overlap,
            offset_s=built.settings.data_offset_s if offset is None else int(offset * 3600),
        )
        rows = [built.schedules.create(actor(), draft)]
        output.answer(_document(rows), _text(rows))
    return 0


def _find(built: Any, name_or_id: str) -> str:
    """A schedule by its id or its name."""
    for row in built.schedules.all():
        if name_or_id in (row.id, row.name):
            return str(row.id)
    return str(built.schedules.get(name_or_id).id)


def _pause(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        rows = [built.schedules.pause(actor(), _find(built, args.schedule))]
        output.answer(_document(rows), _text(rows))
    return 0


def _resume(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        rows = [built.schedules.resume(actor(), _find(built, args.schedule))]
        output.answer(_document(rows), _text(rows))
    return 0


def _take_over(args: argparse.Namespace, output: Output) -> int:
    if bool(args.schedule) == bool(args.of):
        raise UsageError("Give either schedules or --of USER.")
    with services() as built:
        chosen = (
            [row.id for row in built.schedules.of_owner(built.users.get(args.of).name)]
            if args.of
            else [_find(built, one) for one in args.schedule]
        )
        rows = [built.schedules.take_over(actor(), one) for one in chosen]
        output.answer(_document(rows), _text(rows))
    return 0


def _remove(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        built.schedules.remove(actor(), _find(built, args.schedule))
        output.answer(_document(built.schedules.all()), "Removed.")
    return 0


def _run_now(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        run = built.schedules.run_now(actor(), _find(built, args.schedule))
        output.answer({"fleet_run": run}, f"Started as {run}.")
    return 0


def _history(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        found = built.schedules.history(_find(built, args.schedule))
        output.answer(
            {"slots": [as_json(s) for s in found]},
            table(
                ("slot", "until", "count", "verdict", "reason", "run"),
                [
                    (s.slot_at, s.until_at, s.count, s.verdict, s.reason, s.fleet_run_id)
                    for s in found
                ],
            ),
        )
    return 0


def _backfill(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        runs = built.schedules.backfill(
            actor(), _find(built, args.schedule), read_instant(args.start), read_instant(args.end)
        )
        output.answer({"fleet_runs": runs}, f"{len(runs)} runs queued.")
    return 0
