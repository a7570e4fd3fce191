"""A way to cut the connection: an HTTP server has none of its own to answer nothing at all."""

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

EXTENSION = "amc.local.drop"


class DroppableProtocol(H11Protocol):
    """Uvicorn's protocol that hands each request a function which cuts its connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As the base class."""
        super().__init__(*args, **kwargs)
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                scope.setdefault("extensions", {})[EXTENSION] = self._drop
            await inner(scope, receive, send)

        self.app = app

    def _drop(self) -> None:
        self.transport.abort()


async def drop(scope: Scope) -> None:
    """Cut the connection of a request; where the server cannot, end it without an answer."""
    cut = scope.get("extensions", {}).get(EXTENSION)
    if cut is None:
        raise ConnectionAbortedError("The connection was to be dropped (a fault was asked for).")
    cut()
    # The server must have noticed before the application returns, or it would answer 500.
    await asyncio.sleep(0.01)
