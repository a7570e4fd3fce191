"""Uvicorn around the application: made for the command and for tests alike."""

import errno
import signal
import socket

import uvicorn

from amc.sandbox.http.app import build_app
from amc.sandbox.http.drop import DroppableProtocol
from amc.sandbox.http.sandbox import Sandbox
from amc.sandbox.state import StateError


def listen(host: str, port: int) -> socket.socket:
    """A bound and listening socket, so that nobody can take the port between check and start.

    Raises:
        StateError: the port is taken or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named: only then does asyncio send small packets at once (TCP_NODELAY).
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(2048)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            raise StateError(
                f"Port {port} is taken by another program; choose another one with --port."
            ) from None
        raise StateError(f"Cannot listen on {host}:{port}: {error.strerror}.") from None
    return sock


def make_server(sandbox: Sandbox) -> uvicorn.Server:
    """A server that is not yet running; `server.run(sockets=[listen(…)])` serves."""
    config = uvicorn.Config(
        build_app(sandbox),
        http=DroppableProtocol,
        ws="none",
        loop="asyncio",
        log_config=None,
        log_level="warning",
        access_log=False,
        date_header=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=3,
        timeout_keep_alive=75,
    )
    return uvicorn.Server(config)


def serve(server: uvicorn.Server, sock: socket.socket) -> None:
    """Serve in the main thread until SIGTERM or Ctrl-C, then return."""

    def end(*_: object) -> None:
        # Before uvicorn listens for signals itself, and when it raises them again at its clean end.
        server.should_exit = True

    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, end)
    server.run(sockets=[sock])
