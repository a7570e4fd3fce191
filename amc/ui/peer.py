"""Whose address counts: the other end of the connection, or what a trusted proxy says of it.

Nobody's word is believed unless `AMC_TRUSTED_PROXIES` names the one who says it. The server below
(uvicorn) believes `X-Forwarded-For` of every program on its own machine and rewrites the address
before the app sees it; `keep_the_peer` takes that away. The `Forwarded` header is not read.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import uvicorn.config
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from amc.errors import AmcError
from amc.ui.process import services

Address = IPv4Address | IPv6Address


def keep_the_peer() -> None:
    """Have the server hand over the connection's own address.

    It has no option for this that holds however the app is started. The server looks the class up
    after it has imported the app, and puts it around the app.
    """
    vars(uvicorn.config)["ProxyHeadersMiddleware"] = _AsItCame


class _AsItCame:
    def __init__(self, app: ASGIApp, trusted_hosts: object = None) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class PeerAddress:
    """Puts the address and scheme that count into every request and websocket."""

    def __init__(self, app: ASGIApp) -> None:
        """Keep the app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] in ("http", "websocket") and scope.get("client"):
            trusted = await run_in_threadpool(_trusted)
            headers = Headers(scope=scope)
            peer, port = scope["client"]
            if is_trusted(peer, trusted):
                said = headers.getlist("x-forwarded-for")
                found = client_address(peer, said, trusted)
                port = port if found == peer else 0
                scope["scheme"] = _scheme(scope, headers.get("x-forwarded-proto", ""))
                peer = found
            scope["client"] = (plain(peer), port)
        await self._app(scope, receive, send)


def client_address(peer: str, forwarded_for: Sequence[str], trusted: Sequence[str]) -> str:
    """The right-most address that is not a trusted proxy's own; each proxy appends one.

    Whatever stands left of it was said by somebody unknown. A word that is no address ends the
    search: the last proxy that is known counts then.
    """
    found = peer
    for word in reversed([w.strip() for line in forwarded_for for w in line.split(",")]):
        if not is_trusted(found, trusted):
            break
        address = _without_port(word)
        if _parsed(address) is None:
            break
        found = address
    return plain(found)


def is_trusted(address: str, trusted: Sequence[str]) -> bool:
    """Whether an address is in one of the networks."""
    parsed = _parsed(address)
    return parsed is not None and any(parsed in ip_network(network) for network in trusted)


def plain(address: str) -> str:
    """One spelling for each address: `::ffff:10.0.0.1` is 10.0.0.1."""
    parsed = _parsed(address)
    return address if parsed is None else str(parsed)


def _parsed(word: str) -> Address | None:
    try:
        parsed = ip_address(word.partition("%")[0])
    except ValueError:
        return None
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed


def _without_port(word: str) -> str:
    if word.startswith("["):
        return word[1:].partition("]")[0]
    return word.partition(":")[0] if word.count(":") == 1 else word


def _scheme(scope: Scope, said: str) -> str:
    # The last proxy's word is the right-most one.
    word = said.rpartition(",")[2].strip().lower()
    if word not in ("http", "https"):
        return str(scope["scheme"])
    return word.replace("http", "ws") if scope["type"] == "websocket" else word


def _trusted() -> Sequence[str]:
    try:
        return services().settings.trusted_proxies
    except AmcError:
        return ()  # without settings nobody is trusted
