"""`python -m amc.sandbox`: the local AMC on a port of this machine."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from amc.clock import anchored
from amc.errors import SettingsError, SetupError
from amc.log import configure

if TYPE_CHECKING:
    from amc.sandbox.environment import Environment
    from amc.sandbox.state import Client


def _parser(given: "Environment") -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m amc.sandbox",
        description="A faithful Amazon Marketing Cloud on your own machine.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=_port, default=given.port,
        help="port (default: AMC_SANDBOX_PORT, %(default)s; 0 picks a free one)")  # fmt: skip
    add("--state-dir", type=Path, default=given.state_dir,
        help="where its state lives (default: sandbox/ in AMC_DATA_DIR)")  # fmt: skip
    add("--cache-dir", type=Path, help="where synthetic events are kept (default: state folder)")
    add("--seed", type=int, default=1, help="of the synthetic data (default: %(default)s)")
    add("--world", default="default", help="accounts and instances (default: %(default)s)")
    add("--reset", action="store_true", help="forget the state before starting")
    add("--clock", metavar="SPEC", default=given.clock,
        help="start instant[*factor][@anchor] (default: AMC_CLOCK)")  # fmt: skip
    add("--state-delay-ms", type=_whole, metavar="N", help="time in PENDING and in RUNNING each")
    add("--publishing-ms", type=_whole, metavar="N", help="time in PUBLISHING (default: none)")
    add("--rate", type=float, metavar="R", help="requests in any second; 0: no limit")
    add("--workers", type=int, metavar="N", help="queries computed at the same time")
    add("--auto-consent", action="store_true", help="the consent page agrees by itself")
    add("--wrapped", action="store_true", help="reporting answers in the form of the spec")
    add("--client", action="append", default=[], metavar="ID:SECRET[:RETURN_URL]",
        help="one more Login with Amazon client (may be repeated)")  # fmt: skip
    add("--option", action="append", default=[], metavar="NAME=VALUE",
        help="any other switch of /_local/options (may be repeated)")  # fmt: skip
    return parser


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return value


def _whole(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return value


def _switches(args: argparse.Namespace) -> dict[str, object]:
    found: dict[str, object] = {}
    for item in args.option:
        name, _, value = item.partition("=")
        found[name] = None if value == "" else value
    if args.state_delay_ms is not None:
        found["pending_s"] = found["running_s"] = args.state_delay_ms / 1000
    if args.publishing_ms is not None:
        found["publishing_s"] = args.publishing_ms / 1000
    if args.rate is not None:
        found["rate_per_s"] = args.rate
    if args.workers is not None:
        found["workers"] = args.workers
    if args.auto_consent:
        found["auto_consent"] = True
    if args.wrapped:
        found["wrapped"] = True
    return found


def _clients(args: argparse.Namespace) -> "tuple[Client, ...]":
    from amc.sandbox.state import Client, StateError

    found = []
    for text in args.client:
        client_id, _, rest = text.partition(":")
        secret, _, address = rest.partition(":")
        if not client_id or not secret:
            raise StateError(f"--client {text}: write ID:SECRET or ID:SECRET:RETURN_URL.")
        found.append(Client(client_id, secret, client_id, (address,) if address else ()))
    return tuple(found)


def _serve(args: argparse.Namespace) -> None:
    # Heavy imports come late, so that --help and wrong usage answer at once.
    from pydantic import ValidationError

    from amc.sandbox.http.server import listen, make_server, serve
    from amc.sandbox.http.wiring import make_sandbox
    from amc.sandbox.runner.options import Options
    from amc.sandbox.state import StateError, reset_folder

    try:
        options = Options.model_validate(_switches(args))
    except ValidationError as error:
        first = error.errors()[0]
        raise StateError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from None
    clients = _clients(args)
    sock = listen(args.host, args.port)
    if args.reset:
        reset_folder(args.state_dir)
    sandbox = make_sandbox(
        args.state_dir,
        world_name=args.world,
        seed=args.seed,
        clock_spec=args.clock,
        options=options,
        clients=clients,
        cache=args.cache_dir,
    )
    server = make_server(sandbox)
    address = f"[{args.host}]" if ":" in args.host else args.host
    sys.stdout.write(f"The local AMC answers on http://{address}:{sock.getsockname()[1]}\n")
    sys.stdout.flush()
    serve(server, sock)


def main(argv: Sequence[str] | None = None) -> int:
    """Run until it is told to end; 0 after a clean end, 2 when it cannot start."""
    from amc.sandbox.environment import read_environment
    from amc.sandbox.state import StateError

    try:
        args = _parser(read_environment()).parse_args(argv)
        configure()
        args.clock = anchored(args.clock) or ""
        _serve(args)
    except (StateError, SettingsError, SetupError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
