"""`keys …`: the encryption key."""

import argparse

from amc.cli.context import actor, services
from amc.cli.main import add, group
from amc.cli.output import Output, table
from amc.services.keys import replace_lost, rotate, uses
from amc.services.views import as_json


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group."""
    inner = group(commands, "keys", "the encryption key")
    add(inner, "list", _list, "every key by its id, and how many secrets it seals")
    add(inner, "rotate", _rotate, "make a new key and seal every secret with it")
    add(
        inner,
        "replace-lost",
        _replace,
        "go on with a new key when the right one is lost; every login must be reconnected",
    )


def _list(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        found = uses(built.database, built.settings.key_file)
    output.answer(
        {"keys": [as_json(k) for k in found]},
        table(
            ("key", "in the key file", "seals new secrets", "secrets"),
            [(k.key_id or "(oldest form)", k.in_file, k.newest, k.secrets) for k in found],
        ),
    )
    return 0


def _rotate(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        count = rotate(built.database, built.settings.key_file, built.audit, actor())
    output.answer({"resealed": count}, f"New key made; {count} secrets sealed with it.")
    return 0


def _replace(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        count = replace_lost(built.database, built.settings.key_file, built.audit, actor())
    output.answer(
        {"to_reconnect": count},
        f"New key made. {count} logins must be reconnected under Settings, Connections; the "
        "sealed tokens were left as they are.",
    )
    return 0
