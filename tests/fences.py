"""What of the machine no test may lean on: a product's ports, a developer's own settings."""

import sys
from typing import Any

from amc.sandbox.environment import Environment
from amc.settings import Settings

STANDARD_PORTS = (8501, 8600)


class StandardPortError(AssertionError):
    """A test bound or called a port that a running product of this machine may hold."""


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in ("socket.bind", "socket.connect"):
        return
    address = arguments[1]
    if isinstance(address, tuple) and address[1] in STANDARD_PORTS:
        raise StandardPortError(
            f"{event} on {address[0]}:{address[1]}: take a free port, the product may run there"
        )


def put_up() -> None:
    """For the whole process; an audit hook stays until its end."""
    sys.addaudithook(_watch)
    # The `.env` of the checkout is the developer's own.
    Settings.model_config["env_file"] = None
    Environment.model_config["env_file"] = None
