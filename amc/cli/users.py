"""`users …`: who may sign in."""

import argparse

from amc.cli.context import actor, services
from amc.cli.main import add, group
from amc.cli.output import Output, table
from amc.services.views import as_json

_TO_CHANGE = "Another must be chosen at the first sign-in; nothing else opens before."


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group."""
    inner = group(commands, "users", "who may sign in")
    add(inner, "list", _list, "every user")
    adding = add(inner, "add", _add, "make a user; the password is printed once")
    adding.add_argument("name")
    adding.add_argument("--role", choices=("viewer", "analyst", "admin"), default="analyst")
    reset = add(inner, "reset-password", _reset, "make a new password; it is printed once")
    reset.add_argument("name")
    disable = add(inner, "disable", _disable, "end all sessions and refuse new ones")
    disable.add_argument("name")


def _list(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        rows = built.users.all()
        output.answer(
            {"users": [as_json(r) for r in rows]},
            table(
                ("user", "role", "disabled", "created"),
                [(r.name, r.role, r.disabled, r.created_at) for r in rows],
            ),
        )
    return 0


def _add(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        password = built.users.create(actor(), args.name, role=args.role)
    output.answer(
        {"name": args.name, "password": password, "must_change": True},
        f"{args.name} may sign in with the password: {password}\n{_TO_CHANGE}",
    )
    return 0


def _reset(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        password = built.users.reset_password(actor(), args.name)
    output.answer(
        {"name": args.name, "password": password, "must_change": True},
        f"The new password of {args.name}: {password}\n{_TO_CHANGE}",
    )
    return 0


def _disable(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        user = built.users.disable(actor(), args.name)
        owned = built.schedules.of_owner(user.name)
    said = f"{args.name} cannot sign in any more."
    if owned:
        said += (
            f"\nSuspended with the person: {', '.join(row.name for row in owned)}."
            f"\nTo have them go on: python -m amc schedules take-over --of {user.name}"
        )
    output.answer(
        {"name": args.name, "suspended": [{"id": row.id, "name": row.name} for row in owned]}, said
    )
    return 0
