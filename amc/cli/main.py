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
from amc.errors import AmcError, SetupError, StorageFullError, UsageError
from amc.log import configure, get_logger
from amc.results.files import storage_error
from amc.settings import load_settings

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
    except Exception as exc:
        error = _unforeseen(exc)
        output.error(error)
        return error.exit_code


def _unforeseen(exc: Exception) -> AmcError:
    """What nobody thought of, still as one sentence; the traceback only for who asks for it."""
    if isinstance(exc, OSError) and exc.strerror:
        found = storage_error(exc, str(exc.filename or "a file"))
        if isinstance(found, StorageFullError):
            return found
        return SetupError(f"{exc.filename or 'A file'}: {exc.strerror}.")
    if _wants_tracebacks():
        log.error("unforeseen error", action="cli.unforeseen", exc_info=exc)
    return SetupError(
        f"AMC Manager made a mistake: {type(exc).__name__}: {' '.join(str(exc).split())[:300]}",
        hint="Run it again with AMC_LOG_LEVEL=DEBUG to see where it happened, and report it.",
    )


def _wants_tracebacks() -> bool:
    try:
        return load_settings().log_level == "DEBUG"
    except AmcError:
        return False


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
