"""The name that the app is asked by: a page elsewhere cannot point its own name at this app.

A browser that is led to think that `evil.example` lives at this address (DNS rebinding) sends our
cookie to nobody, but it sends that name as `Host` and would take our answers for that site's own.
Links that we make from the name would lead there.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from amc.errors import AmcError, SettingsError
from amc.settings import Settings, load_settings
from amc.ui.process import services

# Load balancers ask by address; the answer holds nothing that a page could use.
_BY_ANY_NAME = ("/healthz",)
_REFUSED = (
    "This app does not answer by that name. Open it at its own address (AMC_APP_URL); further "
    "names are set in AMC_ALLOWED_HOSTS.\n"
)
_PORTS = {"http": 80, "https": 443}


class KnownHost:
    """Refuses requests and websockets by a name that is not the app's."""

    def __init__(self, app: ASGIApp) -> None:
        """Keep the app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what asks by a name of ours."""
        if scope["type"] not in ("http", "websocket") or await _passes(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            # 421: misdirected request.
            await PlainTextResponse(_REFUSED, 421)(scope, receive, send)


async def _passes(scope: Scope) -> bool:
    if scope["type"] == "http" and scope["path"] in _BY_ANY_NAME:
        return True
    names = Headers(scope=scope).getlist("host")
    return len(names) == 1 and is_ours(names[0], await run_in_threadpool(_settings))


def is_ours(host: str, settings: Settings | None) -> bool:
    """Whether a `Host` is a name of the app.

    Args:
        host: as it was sent.
        settings: None when they cannot be read: only this machine's own names count then.
    """
    asked = _split(host)
    if asked is None:
        return False
    name, port = asked
    extra = settings.allowed_hosts if settings else ()
    for known in (_split(word) for word in extra):
        # A name without a port stands for every port.
        if known is not None and known[0] == name and known[1] in (None, port):
            return True
    if settings is None or not settings.app_url:
        return _is_this_machine(name)
    own = urlsplit(settings.app_url)
    usual = _PORTS[own.scheme]
    return name == own.hostname and (port or usual) == (own.port or usual)


def _is_this_machine(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _split(host: str) -> tuple[str, int | None] | None:
    """Name and port; None for what is no host."""
    try:
        parts = urlsplit(f"//{host}")
        name, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not name or parts.netloc != host or "@" in host or host.endswith(":"):
        return None
    return name, port


def _settings() -> Settings | None:
    try:
        return services().settings
    except AmcError:
        pass  # the database may be away; the settings are read without it
    try:
        return load_settings()
    except SettingsError:
        return None
