"""What commands share: the services, who is acting, and reading of windows and parameters."""

import argparse
import getpass
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from amc.clock import parse_instant
from amc.container import Services, build_services
from amc.errors import SettingsError, UsageError
from amc.settings import load_settings
from amc.timing.window import Window, WindowRule

# AMC remembers 13 months.
_MOST_HOURS = 396 * 24
_MOST_SECONDS = 30 * 86_400


@contextmanager
def services() -> Iterator[Services]:
    """The services of this process."""
    built = build_services(load_settings())
    try:
        yield built
    finally:
        built.close()


def actor() -> str:
    """Who acts, for the audit trail: the person at the shell."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli"


def add_window(parser: argparse.ArgumentParser, *, with_rule: bool) -> None:
    """`--start`, `--end`, `--zone`, and `--window` where a rule may be given."""
    parser.add_argument("--start", metavar="D", help="first moment, e.g. 2026-09-01")
    parser.add_argument("--end", metavar="D", help="first moment that no longer counts")
    parser.add_argument("--zone", default="", metavar="Z", help="IANA time zone (default UTC)")
    if with_rule:
        parser.add_argument("--window", metavar="RULE", help="e.g. last-30-days, previous-month")


def read_window(args: argparse.Namespace, built: Services, default: str = "") -> tuple[Window, str]:
    """The window that the arguments mean, and the rule it came from.

    Raises:
        UsageError, WindowError: neither or both ways, or it cannot be.
    """
    from datetime import timedelta

    rule = getattr(args, "window", None)
    explicit = args.start or args.end
    zone = args.zone or "UTC"
    if rule and explicit:
        raise UsageError("Give either --window or --start and --end.")
    if explicit:
        if not (args.start and args.end):
            raise UsageError("Give both --start and --end.")
        return Window.parse(args.start, args.end, zone), ""
    rule = rule or default
    if not rule:
        raise UsageError("Say which data: --start D --end D.")
    offset = timedelta(seconds=built.settings.data_offset_s)
    parsed = WindowRule.parse(rule)
    return parsed.window(built.clock.now(), zone, offset), parsed.text


def add_targets(parser: argparse.ArgumentParser) -> None:
    """`--instance` (again and again) and `--set`."""
    parser.add_argument(
        "--instance", action="append", default=[], metavar="ID", help="an instance; may be repeated"
    )
    parser.add_argument("--set", default="", metavar="NAME", help="an instance set")


def add_parameters(parser: argparse.ArgumentParser) -> None:
    """`--param k=v` (again and again)."""
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="K=V",
        help="a parameter value; lists as JSON; may be repeated",
    )


def read_parameters(pairs: list[str]) -> dict[str, Any]:
    """The `--param` values: JSON lists as lists, everything else as the text it is.

    Raises:
        UsageError: a pair without `=`, or one name twice.
    """
    out: dict[str, Any] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise UsageError(f"--param {pair}: write name=value.")
        if name in out:
            raise UsageError(f"The parameter {name} is given twice.")
        out[name] = value
        if value.lstrip().startswith("["):
            try:
                out[name] = json.loads(value)
            except json.JSONDecodeError as exc:
                raise UsageError(f"--param {name}: the list is not JSON ({exc.msg}).") from None
    return out


def whole(least: int, most: int) -> Callable[[str], int]:
    """The type of an argument: a whole number from `least` to `most`."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(
                f"{text[:40]!r} is not a whole number from {least} to {most}"
            )
        return value

    return read


LIMIT = whole(1, 10_000)
OFFSET = whole(0, 1_000_000_000)


def hours(text: str) -> float:
    """The type of an argument: hours, not negative, at most 13 months."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= _MOST_HOURS:  # NaN is in no range
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is not a number of hours from 0 to {_MOST_HOURS}"
        )
    return value


def seconds(text: str) -> float:
    """The type of an argument: seconds, not negative; 0 means without end."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= _MOST_SECONDS:
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is not a number of seconds from 0 to {_MOST_SECONDS}"
        )
    return value


def read_instant(text: str) -> datetime:
    """An instant from an argument.

    Raises:
        UsageError: it is none.
    """
    try:
        return parse_instant(text)
    except SettingsError as exc:
        raise UsageError(exc.message) from None
