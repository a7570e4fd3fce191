"""`keys …`: the encryption key."""

import argparse

from amc.cli.context import actor, services
from amc.cli.main import add, group
from amc.cli.output import Output
from amc.services.keys import rotate


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group."""
    inner = group(commands, "keys", "the encryption key")
    add(inner, "rotate", _rotate, "make a new key and seal every secret with it")


def _rotate(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        count = rotate(built.database, built.settings.key_file, built.audit, actor())
    output.answer({"resealed": count}, f"New key made; {count} secrets sealed with it.")
    return 0
