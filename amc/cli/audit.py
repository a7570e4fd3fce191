"""`audit …`: the trail of who did what."""

import argparse

from amc.cli.context import services
from amc.cli.main import add, group
from amc.cli.output import Output


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group."""
    inner = group(commands, "audit", "the trail of who did what")
    add(inner, "verify", _verify, "whether any row was altered, removed or put in between")


def _verify(args: argparse.Namespace, output: Output) -> int:
    with services() as built:
        problems = built.audit.verify()
    output.answer(
        {"problems": problems},
        "\n".join(problems) if problems else "The trail is whole.",
    )
    return 1 if problems else 0
