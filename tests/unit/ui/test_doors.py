"""Everything that Streamlit's server serves: open to everybody, to a session, or to nobody."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from amc.container import Services
from amc.settings import ROOT
from amc.ui.cookies import cookie_name
from amc.ui.headers import middleware
from tests.unit.ui.conftest import PASSWORD, Client

OPEN, SESSION, SHUT, LEAST = "open", "session", "shut", "least"
# A new version of Streamlit with a new route fails the first test: decide on it here, and if it is
# not under a name that `amc.ui.headers` asks a session for, there.
STREAMLITS = {
    "/_stcore/health": OPEN,
    "/_stcore/stream": OPEN,  # a websocket; every page asks for a session by itself
    "/_stcore/host-config": LEAST,
    "/_stcore/metrics": SESSION,
    "/_stcore/upload_file/{session_id}/{file_id}": SESSION,
    "/_stcore/bidi-components/{path:path}": SESSION,
    "/media/{file_id:path}": SESSION,
    "/component/{path:path}": SESSION,
    "/auth/login": SHUT,
    "/auth/logout": SHUT,
    "/oauth2callback": SHUT,
    "/_stcore/agent/interact": SHUT,
    "/_stcore/agent/openapi.json": SHUT,
    "/_stcore/agent/mcp": SHUT,
    "": OPEN,  # the mount of the start page and its scripts
}
OURS = {
    "/auth/claim",
    "/auth/sign-out",
    "/oauth/callback",
    "/download/{execution_id}/{form}",
    "/healthz",
    "/fleet",
}
# Registered only with options that are off, or by a later version.
OTHERS = {
    "/_stcore/script-health-check": SESSION,
    "/app/static/{path:path}": SESSION,
    "/_stcore/anything-new": SESSION,
    "/_stcore/health/more": SESSION,
}
_LIST = """
import json, app
routes = app.app._build_starlette_app().routes
print(json.dumps([route.path for route in routes]))
"""


def test_every_route_of_the_server_is_decided_on(tmp_path: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AMC_", "STREAMLIT_"))}
    # In a process of its own: the server is one of a kind in each.
    done = subprocess.run(
        [sys.executable, "-c", _LIST],
        cwd=ROOT,
        env=kept | {"AMC_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert set(json.loads(done.stdout.splitlines()[-1])) == set(STREAMLITS) | OURS


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


def _served(_request: object) -> PlainTextResponse:
    return PlainTextResponse("served")


@pytest.fixture
def anything(services: Services) -> Client:
    """A server that serves whatever the doors let pass."""
    methods = ["GET", "PUT", "POST", "DELETE", "OPTIONS"]
    inner = [
        Route("/{rest:path}", _served, methods=methods),
        WebSocketRoute("/{rest:path}", _socket),
    ]
    return Client(Starlette(routes=inner, middleware=middleware()))


def address(pattern: str) -> str:
    return pattern.partition("{")[0] + ("x" if "{" in pattern else "") or "/"


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(("pattern", "kind"), list((STREAMLITS | OTHERS).items()))
def test_the_doors_are_as_decided(
    anything: Client, services: Services, pattern: str, kind: str, method: str
) -> None:
    path = address(pattern)
    answer = anything.request(method, path)
    wanted = {OPEN: 200, SESSION: 403, SHUT: 404, LEAST: 200}
    assert answer.status_code == wanted[kind]
    assert (answer.text == "served") == (kind == OPEN)
    anything.cookies.set(cookie_name(services.settings), sign_in(services))
    answer = anything.request(method, path)
    assert (answer.text == "served") == (kind != SHUT)


def sign_in(services: Services) -> str:
    return services.users.claim(services.users.sign_in("ann", PASSWORD, "10.0.0.7"))


def test_a_websocket_elsewhere_needs_a_session_too(anything: Client, services: Services) -> None:
    closed: list[dict[str, Any]] = [{"type": "websocket.close", "code": 1008}]
    opened = anything.open_socket("/_stcore/stream", "http://localhost")
    assert opened[0]["type"] == "websocket.accept"
    for path in ("/_stcore/another", "/_stcore/agent/mcp", "/component/x"):
        assert anything.open_socket(path, "http://localhost") == closed, path


def test_the_host_config_tells_the_anonymous_nothing(anything: Client, services: Services) -> None:
    told = anything.get("/_stcore/host-config")
    assert told.json() == {"allowedOrigins": [], "useExternalAuthToken": False}
    held = services.users.reset_password("test", "ann")
    made = services.users.claim(services.users.sign_in("ann", held, "10.0.0.7"))
    anything.cookies.set(cookie_name(services.settings), made)
    assert anything.get("/_stcore/host-config").json() == told.json()
