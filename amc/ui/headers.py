"""Security headers on every answer, and doors of the server that stay shut.

Streamlit's own server answers requests for uploads, media and its agent protocol without asking
who asks, and opens a websocket for any program that sends no Origin: closed here.
"""

import base64
import hashlib
import re
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import streamlit
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amc.errors import AmcError
from amc.ui.cookies import is_https, token_of
from amc.ui.hosts import KnownHost
from amc.ui.peer import PeerAddress
from amc.ui.process import services

_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9a-fA-F:.]+\](:\d{1,5})?")
# Streamlit's own sign-in and its protocol for programs: the product uses neither.
_SHUT = ("/_stcore/agent", "/auth/login", "/auth/logout", "/oauth2callback")
# Everything that the server has under these names needs a session, but for what `_OPEN` names: what
# the browser must have before it can show the sign-in form.
_NEEDS_SESSION = ("/_stcore/", "/media/", "/component/", "/app/static/")
_OPEN = ("/_stcore/health", "/_stcore/stream")
_HOST_CONFIG = "/_stcore/host-config"
# The browser connects only after it has got this answer, so nobody can be refused it. Without an
# origin in it no page around ours may speak to it.
_LEAST_CONFIG = {"allowedOrigins": [], "useExternalAuthToken": False}


def middleware() -> list[Middleware]:
    """What `st.App` puts around everything."""
    inside = (SecurityHeaders, KnownHost, Doors)
    return [Middleware(PeerAddress), *(Middleware(one) for one in inside)]


def _inline_hashes() -> str:
    """CSP sources for the inline scripts of Streamlit's own start page, whatever version it is."""
    page = Path(streamlit.__file__).parent / "static" / "index.html"
    scripts = re.findall(r"<script>(.*?)</script>", page.read_text(encoding="utf-8"), re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts)
    return " ".join(f"'sha256-{digest}'" for digest in digests)


def content_security_policy(host: str, inline: str) -> str:
    """The policy: everything from here, nothing from elsewhere.

    Styles are inline by nature of Streamlit's and Plotly's styling; components of ours are
    modules from blobs; workers of charts too.
    """
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' blob: {inline}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self' blob:{sockets}",
            "worker-src 'self' blob:",
            "frame-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class SecurityHeaders:
    """Adds the headers to every HTTP answer."""

    def __init__(self, app: ASGIApp) -> None:
        """Keep the app and compute what never changes."""
        self._app, self._inline = app, _inline_hashes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host, path = Headers(scope=scope).get("host", ""), scope["path"]

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), host, path)
            await send(message)

        await self._app(scope, receive, with_headers)

    def _add(self, headers: MutableHeaders, host: str, path: str) -> None:
        headers["Content-Security-Policy"] = content_security_policy(host, self._inline)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        # Not "no-referrer": browsers then send `Origin: null` with our own forms.
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=()"
        if path.startswith(("/auth/", "/oauth/", "/download/", "/healthz", "/media/")):
            headers["Cache-Control"] = "no-store"
        if is_https_app():
            headers["Strict-Transport-Security"] = "max-age=31536000"


def is_https_app() -> bool:
    """Whether browsers reach the app over https; no when the settings cannot be read."""
    try:
        return is_https(services().settings)
    except AmcError:
        return False


class Doors:
    """Shuts what the product does not use, and asks for a session for what the server has."""

    def __init__(self, app: ASGIApp) -> None:
        """Keep the app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] == "websocket" and not same_origin(scope):
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        refusal = await _refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, send)


async def _refusal(scope: Scope) -> Response | None:
    """What to answer in place of the app; None: let it pass."""
    if scope["type"] not in ("http", "websocket"):
        return None
    path = scope["path"]
    if path.startswith(_SHUT):
        return PlainTextResponse("Not found", 404)
    if path in _OPEN or not path.startswith(_NEEDS_SESSION):
        return None
    if await run_in_threadpool(_signed_in, scope):
        return None
    if path == _HOST_CONFIG:
        return JSONResponse(_LEAST_CONFIG, headers={"Cache-Control": "no-cache"})
    return PlainTextResponse("Sign in first", 403)


def same_origin(scope: Scope) -> bool:
    """Whether a page of ours asks: the Origin is there and names the host that was asked."""
    headers = Headers(scope=scope)
    origin = urlsplit(headers.get("origin", ""))
    if origin.scheme not in ("http", "https") or not origin.netloc:
        return False
    allowed = {headers.get("host", "").lower()}
    # Without settings only the host that was asked counts.
    with suppress(AmcError):
        allowed.add(urlsplit(services().settings.app_base_url).netloc.lower())
    return origin.netloc.lower() in allowed


def _signed_in(scope: Scope) -> bool:
    connection = HTTPConnection(scope)
    try:
        here = services()
        return here.users.session(token_of(connection.cookies, here.settings)) is not None
    except AmcError:
        return False
