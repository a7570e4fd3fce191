"""`up`: everything in one console; Ctrl-C ends it all."""

import argparse
import os
import shlex
import socket
import sys
import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

from honcho.manager import Manager
from honcho.printer import Printer

from amc.cli.main import add
from amc.cli.output import Output
from amc.clock import SystemClock, anchored
from amc.container import Services, build_services
from amc.errors import AmcError, PortInUseError, SetupError
from amc.log import configure
from amc.services.demo import Demo
from amc.settings import ROOT, Settings, load_settings

_WAIT_FOR_AMAZON_S = 60.0
_AT_ONCE = ["Another must be chosen at the first sign-in; nothing else opens before."]
_WHILE_LOCAL = [
    "It holds while only the local AMC is connected. Once Amazon is, another",
    "must be chosen before anything else opens.",
]


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = add(commands, "up", _up, "start local AMC, scheduler and app in one console")
    parser.add_argument(
        "--no-demo", action="store_true", help="on a fresh installation: connect, but run nothing"
    )


def _up(args: argparse.Namespace, output: Output) -> int:
    settings = load_settings()
    require_ports(settings)
    configure(level="WARNING")
    services = build_services(settings)
    password = services.users.ensure_admin(settings.admin_name)
    manager = Manager(Printer(sys.stderr, prefix=True))
    clock = anchored(settings.clock)
    environment = child_environment(clock)
    for name, command in processes(settings, clock).items():
        manager.add_process(name, shlex.join(command), env=environment, cwd=str(ROOT))
    output.say(welcome(settings, password))
    threading.Thread(
        target=_prepare, args=(services, output), kwargs={"demo": not args.no_demo}, daemon=True
    ).start()
    manager.loop()
    services.close()
    # Ctrl-C is how this is meant to end.
    return 0 if manager.returncode in (0, None, 130, -2, -15, 143) else 1


def processes(settings: Settings, clock: str | None = None) -> dict[str, list[str]]:
    """Name → command of each process."""
    python = sys.executable
    found: dict[str, list[str]] = {}
    if settings.starts_sandbox:
        found["amc"] = [
            python,
            "-m",
            "amc.sandbox",
            "--port",
            str(settings.sandbox_port),
            "--state-dir",
            str(settings.data_dir / "sandbox"),
            "--auto-consent",
        ]
        if clock:
            found["amc"] += ["--clock", clock]
    found["scheduler"] = [python, "-m", "amc.scheduler"]
    found["app"] = [
        python,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.port",
        str(settings.app_port),
        "--server.address",
        settings.app_host,
        "--server.headless",
        "true",
    ]
    return found


def child_environment(clock: str | None) -> Mapping[str, str]:
    """The environment of the processes: ours, with one clock for all of them."""
    environment = dict(os.environ) | {"PYTHONUNBUFFERED": "1"}
    if clock:
        environment["AMC_CLOCK"] = clock
    environment.setdefault("AMC_LOG_LEVEL", "WARNING")
    return environment


def require_ports(settings: Settings) -> None:
    """Refuse to start when a port is taken, before anything is started.

    Raises:
        PortInUseError: names the port and its setting.
    """
    wanted = {"AMC_APP_PORT": settings.app_port}
    if settings.starts_sandbox:
        wanted["AMC_SANDBOX_PORT"] = settings.sandbox_port
    for name, port in wanted.items():
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as exc:
                raise PortInUseError(
                    f"Port {port} ({name}) cannot be used: {exc.strerror}."
                ) from None


def welcome(settings: Settings, password: str | None) -> str:
    """What `up` says first: where to go, and the password if one was made just now."""
    line = "─" * 60
    lines = [line, f"AMC Manager opens at {settings.app_base_url}"]
    if password:
        lines += [
            f"Sign in as    {settings.admin_name}",
            f"Password      {password}",
            f"(shown this once; later: python -m amc users reset-password {settings.admin_name})",
        ]
        lines += _WHILE_LOCAL if settings.only_local else _AT_ONCE
    else:
        lines.append(f"Sign in as {settings.admin_name}, with the password that you have.")
    lines += ["Ctrl-C ends everything.", line]
    return "\n".join(lines)


def _prepare(services: Services, output: Output, *, demo: bool) -> None:
    """Connect, sync and fill the pages of a fresh installation, beside the processes."""
    try:
        wait_for(services.settings.api_base("NA"))
        if services.connections.connect_by_itself() is None and services.instances.all():
            return
        if not services.connections.all():
            output.say("No Amazon connection yet: sign in, then Settings, Connections.")
            return
        found = services.instances.sync_with_sources("set-up")
        output.say(f"{found.instances} instances in {found.accounts} accounts are ready.")
        if demo:
            demo_of(services).fill()
            # After the brands are named: a campaign takes the brand that its advertiser stands for.
            services.names.request("set-up")
    except AmcError as exc:
        output.say(f"Set-up is not complete: {exc}")


def demo_of(services: Services) -> Demo:
    """What fills a fresh installation."""
    return Demo(
        executions=services.executions,
        templates=services.templates,
        instances=services.instances,
        schedules=services.schedules,
        clock=services.clock,
        settings=services.settings,
    )


def wait_for(url: str, *, seconds: float = _WAIT_FOR_AMAZON_S) -> None:
    """Wait until somebody listens at a URL's host.

    Raises:
        SetupError: nobody did in time.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    clock = SystemClock()
    deadline = clock.monotonic() + seconds
    while True:
        try:
            with socket.create_connection((parts.hostname or "", port), timeout=2):
                return
        except OSError:
            if clock.monotonic() > deadline:
                raise SetupError(f"Nobody answers at {parts.netloc}.") from None
        clock.sleep(0.2)
