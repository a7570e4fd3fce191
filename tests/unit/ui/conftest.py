"""The routes and middleware as a web client sees them, over a database of their own."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import bcrypt
import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from amc.container import Services
from amc.ui import process
from amc.ui.headers import middleware
from amc.ui.routes import routes

PASSWORD = "plum-otter-lantern-42"
HERE = "http://localhost"


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("open")
    await socket.close()


def _file(_request: object) -> PlainTextResponse:
    return PlainTextResponse("a file")


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Services]:
    for name in ("AMC_API_URL", "DATABASE_URL", "AMC_APP_URL", "AMC_CLOCK", "S3_BUCKET_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AMC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(bcrypt, "gensalt", partial(bcrypt.gensalt, 4))
    process.close()
    services = process.services()
    services.users.create("test", "ann", role="viewer", password=PASSWORD, chosen_by_them=True)
    services.users.create("test", "root", role="admin", password=PASSWORD, chosen_by_them=True)
    yield services
    process.close()


class Client:
    """A browser's manners without a browser: its cookies, and an Origin on every request."""

    def __init__(self, app: Starlette) -> None:
        self.app, self.cookies = app, httpx.Cookies()

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request; redirects are not followed."""
        headers = {"Origin": HERE} | more.pop("headers", {})

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url=HERE, cookies=self.cookies
            ) as client:
                answer = await client.request(method, path, headers=headers, **more)
                self.cookies = client.cookies
                return answer

        return asyncio.run(send())

    def get(self, path: str, **more: Any) -> httpx.Response:
        """GET."""
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        """POST."""
        return self.request("POST", path, **more)

    def open_socket(
        self, path: str, origin: str | None, host: str = "localhost"
    ) -> list[dict[str, Any]]:
        """What the server sends to somebody who opens a websocket."""
        headers = [(b"host", host.encode())]
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        scope = {
            "type": "websocket",
            "path": path,
            "headers": headers,
            "query_string": b"",
            "subprotocols": [],
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(dict(message))

        asyncio.run(self.app(scope, receive, send))
        return sent


@pytest.fixture
def client(services: Services) -> Client:
    """Our routes, beside stand-ins for the doors of Streamlit's server that they guard."""
    inner = [
        Route("/media/{name}", _file),
        Route("/_stcore/upload_file/{rest:path}", _file, methods=["PUT", "GET"]),
        Route("/_stcore/agent/{rest:path}", _file),
        Route("/_stcore/health", _file),
        Route("/_stcore/metrics", _file),
        Route("/_stcore/script-health-check", _file),
        WebSocketRoute("/_stcore/stream", _socket),
    ]
    return Client(Starlette(routes=[*routes(), *inner], middleware=middleware()))
