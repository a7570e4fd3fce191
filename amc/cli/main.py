"""The parser, and the one place where an error becomes an exit code.

0: fine. 1: the answer is no (findings of severity error, a failed or rejected run).
2: wrong usage or a broken set-up.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from amc import __version__
from amc.cli.output import Output
from amc.errors import AmcError, UsageError
from amc.log import configure, get_logger

log = get_logger(__name__)

Command = Callable[[argparse.Namespace, Output], int]


class _Parser(argparse.ArgumentParser):
    """Wrong usage ends with one sentence, not with a page of help."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: {message}.", hint=f"See: {self.prog} --help")


def build_parser() -> argparse.ArgumentParser:
    """All commands."""
    # Here, so that `--help` and wrong usage answer without loading everything.
    from amc.cli import groups

    parser = _Parser(prog="python -m amc", description="AMC Manager on the command line.")
    parser.add_argument("--version", action="version", version=__version__)
    commands: Any = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    for register in groups.ALL:
        register(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    wants_json = "--json" in given
    output = Output(as_json=wants_json)
    if sys.version_info < (3, 11):  # noqa: UP036 - that is what the sentence is about
        output.say("AMC Manager needs Python 3.11 or newer.")
        return 2
    try:
        args = build_parser().parse_args(given)
        configure(level="WARNING")
        command: Command = args.command
        return command(args, output)
    except AmcError as exc:
        output.error(exc)
        return exc.exit_code
    except KeyboardInterrupt:
        output.say("Stopped.")
        return 130
    except BrokenPipeError:
        return 0


def add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    command: Command,
    summary: str,
) -> argparse.ArgumentParser:
    """A command with its summary and the `--json` that each one knows."""
    parser = commands.add_parser(name, help=summary, description=summary)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=command)
    return parser


def group(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, summary: str
) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    """A group of commands such as `instances`."""
    parser = commands.add_parser(name, help=summary, description=summary)
    return parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
