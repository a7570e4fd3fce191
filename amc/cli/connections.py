"""`connections …`: Login with Amazon."""

import argparse
import sys
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from amc.cli.context import actor, services
from amc.cli.main import add, group
from amc.cli.output import Output, table
from amc.errors import UsageError
from amc.services.connection_views import Dependents
from amc.services.views import ConnectionView, as_json

_REGIONS = ("NA", "EU", "FE")


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group."""
    inner = group(commands, "connections", "Login with Amazon")
    adding = add(
        inner, "add", _add, "connect: by a refresh token on standard input, or in the browser"
    )
    adding.add_argument("--region", default="NA", choices=_REGIONS)
    adding.add_argument("--label", default="")
    adding.add_argument(
        "--refresh-token",
        action="store_true",
        help="read a refresh token from standard input (never from the command line)",
    )
    adding.add_argument("--consented", metavar="DATE", help="when consent was given, 2026-11-23")
    adding.add_argument("--again", metavar="CONNECTION", default="", help="reconnect this one")
    adding.add_argument(
        "--paste",
        action="store_true",
        help="finish an authorization: read the address that Amazon sent the browser to from "
        "standard input",
    )
    add(inner, "list", _list, "every connection")
    testing = add(inner, "test", _test, "whether connections work, and what to do")
    testing.add_argument("connection", nargs="?", help="default: all")
    looking = add(inner, "discover", _discover, "which profiles, accounts, instances a login sees")
    looking.add_argument("connection")
    removing = add(inner, "remove", _remove, "remove a connection and its tokens")
    removing.add_argument("connection")
    removing.add_argument("--look", action="store_true", help="only show what depends on it")
    renaming = add(inner, "rename", _rename, "give a connection another label")
    renaming.add_argument("connection")
    renaming.add_argument("label")
    add(inner, "serving", _serving, "which login serves which account, and which takes over")
    preferring = add(inner, "prefer", _prefer, "choose the login that serves an account")
    preferring.add_argument("account", help="ENTITY…")
    preferring.add_argument("connection")


def _text(rows: list[ConnectionView]) -> str:
    return table(
        ("connection", "label", "region", "state", "accounts", "consent ends", "reason"),
        [
            (
                r.connection_id,
                r.label,
                r.region,
                r.state,
                r.accounts,
                f"{r.expires_at:%Y-%m-%d}",
                r.state_reason or str(r.discovered.get("problem") or ""),
            )
            for r in rows
        ],
    )


def _answer(output: Output, rows: list[ConnectionView]) -> int:
    output.answer({"connections": [as_json(r) for r in rows]}, _text(rows))
    return 0


def _add(args: argparse.Namespace, output: Output) -> int:
    if args.refresh_token and args.paste:
        raise UsageError("Give either --refresh-token or --paste.")
    with services() as built:
        if args.refresh_token:
            made = built.connections.add_refresh_token(
                actor(),
                sys.stdin.readline(),
                region=args.region,
                label=args.label,
                consented_at=_date(args.consented),
                again=built.connections.get(args.again).connection_id if args.again else "",
            )
            return _answer(output, [made])
        if args.paste:
            back = _pasted(sys.stdin.readline())
            made = built.connections.complete(
                state=back.get("state", ""),
                code=back.get("code", ""),
                error=back.get("error", ""),
                description=back.get("error_description", ""),
                actor=actor(),
            )
            return _answer(output, [made])
        by_itself = None if args.again else built.connections.connect_by_itself()
        if by_itself is not None:
            return _answer(output, [built.connections.discover(actor(), by_itself.connection_id)])
        again = built.connections.get(args.again).connection_id if args.again else ""
        address = built.connections.begin(region=args.region, again=again)
        output.answer(
            {"authorize_url": address},
            "Open this address in a browser, sign in and allow access; Amazon then sends the "
            f"browser back to {built.settings.redirect_uri}. Where the app runs there, that is "
            "all; elsewhere give the address of the browser to: connections add --paste\n\n"
            f"{address}",
        )
    return 0


def _date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--consented {text}: write a date such as 2026-11-23.") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _pasted(address: str) -> dict[str, str]:
    try:
        found = dict(parse_qsl(urlsplit(address.strip()).query))
    except ValueError:
        found = {}
    if "state" not in found:
        raise UsageError(
            "This is not the address that Amazon sent the browser to: it has no state in it."
        )
    return found


def _list(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        for one in built.connections.announcements():
            output.say(one.whole)
        return _answer(output, built.connections.all())


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


def _discover(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        found = built.connections.get(args.connection)
        made = built.connections.discover(actor(), found.connection_id)
        seen = made.discovered
        text = (
            _text([made])
            + "\n"
            + "\n".join(
                f"{len(seen.get(key, []))} {name}"
                for key, name in (
                    ("accounts", "AMC accounts"),
                    ("profiles", "advertising profiles"),
                    ("ads_accounts", "ads accounts"),
                )
            )
        )
        output.answer({"connections": [as_json(made)]}, text)
    return 1 if seen.get("problem") else 0


def _remove(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        found = built.connections.dependents(args.connection)
        if not args.look:
            built.connections.remove(actor(), args.connection)
        rows = [as_json(r) for r in built.connections.all()]
        done = "" if args.look else "Removed."
        output.answer({"connections": rows, "dependents": as_json(found)}, _depends(found) + done)
    return 0


def _depends(found: Dependents) -> str:
    lines = [f"{name}: then served by {label}" for name, label in found.taken_over.items()]
    lines += [f"{name}: no login serves it any more" for name in found.unserved]
    lines += [f"schedule that will fail: {name}" for name in found.schedules]
    if found.running:
        lines.append(f"executions on the way: {found.running}")
    return "".join(f"{line}\n" for line in lines)


def _rename(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        return _answer(output, [built.connections.rename(actor(), args.connection, args.label)])


def _serving(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        labels = {c.connection_id: c.label for c in built.connections.all()}
        rows = built.connections.serving()
        output.answer(
            {"accounts": [as_json(r) for r in rows]},
            table(
                ("account", "name", "region", "instances", "served by", "takes over", "trouble"),
                [
                    (
                        r.account_id,
                        r.name,
                        r.region,
                        r.instances,
                        labels.get(r.served_by, "no login"),
                        ", ".join(labels.get(c, c) for c in r.takes_over),
                        "; ".join(r.problems.values()),
                    )
                    for r in rows
                ],
            ),
        )
    return 0


def _prefer(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        found = built.connections.get(args.connection)
        built.connections.prefer(actor(), args.account, found.connection_id)
    return _serving(args, output)
