"""`connections …`: Login with Amazon."""

import argparse
import sys

from amc.cli.context import actor, services
from amc.cli.main import add, group
from amc.cli.output import Output, table
from amc.errors import UsageError
from amc.services.views import ConnectionView, as_json


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group."""
    inner = group(commands, "connections", "Login with Amazon")
    adding = add(
        inner, "add", _add, "connect: by a refresh token on standard input, or in the browser"
    )
    adding.add_argument("--region", default="NA", choices=("NA", "EU", "FE"))
    adding.add_argument("--label", default="")
    adding.add_argument(
        "--refresh-token",
        action="store_true",
        help="read a refresh token from standard input (never from the command line)",
    )
    add(inner, "list", _list, "every connection")
    testing = add(inner, "test", _test, "whether connections work, and what to do")
    testing.add_argument("connection", nargs="?", help="default: all")
    removing = add(inner, "remove", _remove, "remove a connection and its tokens")
    removing.add_argument("connection")
    renaming = add(inner, "rename", _rename, "give a connection another label")
    renaming.add_argument("connection")
    renaming.add_argument("label")


def _text(rows: list[ConnectionView]) -> str:
    return table(
        ("connection", "label", "region", "state", "accounts", "reason"),
        [(r.connection_id, r.label, r.region, r.state, r.accounts, r.state_reason) for r in rows],
    )


def _add(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        if args.refresh_token:
            made = built.connections.add_refresh_token(
                actor(), sys.stdin.readline(), region=args.region, label=args.label
            )
            output.answer({"connections": [as_json(made)]}, _text([made]))
            return 0
        by_itself = built.connections.connect_by_itself()
        if by_itself is not None:
            output.answer({"connections": [as_json(by_itself)]}, _text([by_itself]))
            return 0
        address = built.connections.begin(region=args.region)
        output.answer(
            {"authorize_url": address},
            "Open this address in a browser, sign in and allow access; Amazon then sends the "
            f"browser back to {built.settings.redirect_uri}, where the app must be running:\n\n"
            f"{address}",
        )
    return 0


def _list(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        rows = built.connections.all()
        output.answer({"connections": [as_json(r) for r in rows]}, _text(rows))
    return 0


def _test(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        wanted = (
            [built.connections.get(args.connection)] if args.connection else built.connections.all()
        )
        if not wanted:
            raise UsageError("There is no connection yet.", hint="Run: connections add")
        found = [built.connections.test(c.connection_id) for c in wanted]
        output.answer(
            {"connections": [as_json(f) for f in found]},
            table(
                ("connection", "verdict", "what", "what to do"),
                [(f.connection_id, f.verdict, f.message, f.hint) for f in found],
            ),
        )
    return 0 if all(f.verdict == "fine" for f in found) else 1


def _remove(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        built.connections.remove(actor(), args.connection)
        output.answer({"connections": [as_json(r) for r in built.connections.all()]}, "Removed.")
    return 0


def _rename(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        made = built.connections.rename(actor(), args.connection, args.label)
        output.answer({"connections": [as_json(made)]}, _text([made]))
    return 0
