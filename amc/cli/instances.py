"""`instances …`: accounts, instances, sets, data sources."""

import argparse
from typing import Any

from amc.cli.context import actor, services
from amc.cli.main import add, group
from amc.cli.output import Output, table
from amc.services.access import WORDS
from amc.services.asking_many import Progress
from amc.services.views import InstanceView, as_json


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group."""
    inner = group(commands, "instances", "accounts and instances")
    sync = add(inner, "sync", _sync, "ask Amazon what there is, and keep it")
    sync.add_argument("--look", action="store_true", help="only show the difference")
    add(inner, "list", _list, "every instance").add_argument(
        "--gone", action="store_true", help="also those that are gone"
    )
    sources = add(inner, "sources", _sources, "the data sources of an instance")
    sources.add_argument("instance")
    sources.add_argument("--refresh", action="store_true", help="ask Amazon again")
    able = add(inner, "capabilities", _capabilities, "which template runs where, and why not")
    able.add_argument("--instance", action="append", metavar="ID", help="only these")
    able.add_argument("--template", action="append", metavar="NAME", help="only these")
    able.add_argument("--cannot", action="store_true", help="only what does not run")
    show = add(inner, "show", _show, "everything about one instance")
    show.add_argument("instance")
    show.add_argument("--refresh", action="store_true", help="ask Amazon again")
    testing = add(inner, "test", _test, "whether Amazon lets us in, and what to do")
    testing.add_argument("instance", nargs="*", help="default: all in use")
    edit = add(inner, "edit", _edit, "tags, brand, active flag")
    edit.add_argument("instance", nargs="+")
    edit.add_argument("--tag", action="append", help="replaces the tags; may be repeated")
    edit.add_argument("--brand")
    edit.add_argument("--active", choices=("yes", "no"))
    sets = add(inner, "sets", _sets, "instance sets; with --save NAME, make or change one")
    sets.add_argument("--save", metavar="NAME")
    sets.add_argument("--remove", metavar="NAME")
    sets.add_argument("--instance", action="append", default=[], metavar="ID")
    sets.add_argument(
        "--rule",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="brand, account_id, type, tag or has_source; all must hold",
    )


def _list_document(rows: list[InstanceView]) -> dict[str, Any]:
    return {"instances": [as_json(row) for row in rows]}


def _list_text(rows: list[InstanceView]) -> str:
    return table(
        ("instance", "name", "type", "account", "region", "brand", "tags", "active"),
        [
            (
                r.instance_id,
                r.name,
                r.type,
                r.account_id,
                r.region,
                r.brand,
                ", ".join(r.tags),
                r.active,
            )
            for r in rows
        ],
    )


def _sync(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        if built.connections.connect_by_itself() is not None:
            output.say("Connected to Amazon's side: consent came by itself.")
        if args.look:
            difference = built.instances.sync(actor(), only_look=True)
        else:
            difference = built.instances.sync_with_sources(actor(), progress=_progress(output))
        rows = built.instances.all()
        text = difference.words
        for name, reason in {
            **difference.failed,
            **difference.lost_access,
            **difference.unasked,
        }.items():
            output.say(f"{name}: {reason}")
        output.answer(_list_document(rows) | {"difference": as_json(difference)}, text)
        return 1 if difference.failed else 0


def _progress(output: Output) -> Progress:
    """Says on stderr how far the asking is, every ten instances."""

    def say(done: int, total: int) -> None:
        if total and (done == total or (done and done % 10 == 0)):
            output.say(f"Data sources of {done} of {total} instances")

    return say


def _list(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        rows = built.instances.all(with_gone=args.gone)
        output.answer(_list_document(rows), _list_text(rows))
        if not rows:
            output.say("No instance is known yet. Run: python -m amc instances sync")
    return 0


def _sources(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        found = built.instances.data_sources(args.instance, refresh=args.refresh)
        output.answer(
            {"data_sources": [as_json(s) for s in found]},
            table(
                ("data source", "columns", "available", "premium", "description"),
                [(s.name, len(s.columns), s.available, s.premium, s.description) for s in found],
            ),
        )
    return 0


def _show(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        if args.refresh:
            built.instances.refresh_details(actor(), args.instance)
        detail = built.instances.detail(args.instance)
        history = built.instances.history(args.instance)
        sources = built.instances.stored_sources(args.instance)
        document = as_json(detail) | {
            "data_sources": None if sources is None else [s.name for s in sources],
            "history": [as_json(c) for c in history],
        }
        facts = {**document.pop("instance"), **document}
        output.answer(
            {"instance": facts},
            table(
                ("what", "value"),
                [
                    (name.replace("_", " "), _short(value))
                    for name, value in facts.items()
                    if value not in (None, "", [])
                ],
            ),
        )
    return 0


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)}: " + ", ".join(
            str(v.get("name") or v.get("text")) if isinstance(v, dict) else str(v) for v in value
        )
    return str(value)


def _test(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        found = built.instances.test(actor(), args.instance or None)
        output.answer(
            {"tests": [as_json(v) for v in found]},
            table(
                ("instance", "name", "verdict", "why", "what to do"),
                [(v.instance_id, v.name, WORDS[v.state], v.reason, v.to_do) for v in found],
            ),
        )
    return 0 if all(v.fine for v in found) else 1


def _capabilities(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        matrix = built.capabilities.matrix(args.instance, args.template)
        cells = [
            c
            for c in matrix.cells.values()
            if not args.cannot or c.ability in ("cannot", "unknown")
        ]
        output.answer(
            {"capabilities": [as_json(c) for c in cells]},
            table(
                ("instance", "template", "here", "why"),
                [(c.instance_id, c.template, c.ability.replace("_", " "), c.reason) for c in cells],
            ),
        )
    return 0


def _edit(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        active = None if args.active is None else args.active == "yes"
        built.instances.edit(actor(), args.instance, tags=args.tag, brand=args.brand, active=active)
        rows = [built.instances.get(i) for i in args.instance]
        output.answer(_list_document(rows), _list_text(rows))
    return 0


def _sets(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        if args.remove is not None:
            built.instances.remove_set(actor(), args.remove)
        if args.save is not None:
            rule = dict(pair.partition("=")[::2] for pair in args.rule) or None
            built.instances.save_set(actor(), args.save, members=args.instance, rule=rule)
        found = built.instances.sets()
        output.answer(
            {"sets": [as_json(s) for s in found]},
            table(
                ("set", "name", "instances", "rule"),
                [(s.id, s.name, len(s.members), str(s.rule or "")) for s in found],
            ),
        )
    return 0
