"""The front door: request ids, times, regions, tolerance, the rate limit, faults, the log.

Pure ASGI, around everything else: what happens here happens to every request alike.
"""

import asyncio
import email.utils
import re
import secrets
import string
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amc.clock import SystemClock
from amc.sandbox.http import errors
from amc.sandbox.http.drop import drop
from amc.sandbox.http.errors import WireError
from amc.sandbox.http.fault_answers import MARKS, fault_answer
from amc.sandbox.http.origin import foreign
from amc.sandbox.http.sandbox import Sandbox
from amc.sandbox.http.wire import strict_types
from amc.sandbox.runner.faults import REQUEST_KINDS, Fault

_OURS = ("/_local", "/amc-results/")
_FOREIGN = "This request comes from a page of another site. Use the local AMC's own control page."
_REGIONS = {"na": "NA", "eu": "EU", "fe": "FE"}
_INSTANCE = re.compile(r"/amc/(?:reporting|instances)/([^/]+)")
_LETTERS = string.ascii_uppercase + string.digits


def mint_request_id() -> str:
    """20 capitals and digits, as recorded."""
    return "".join(secrets.choice(_LETTERS) for _ in range(20))


@dataclass
class _Entry:
    """A request's line in the log, written once: before its answer leaves."""

    sandbox: Sandbox
    real_at: float
    client_id: str
    region: str
    method: str
    path: str
    request_id: str
    fault: str = ""
    written: bool = False

    def write(self, status: int) -> None:
        """Write it, with 0 for an answer that never leaves."""
        if self.written:
            return
        self.written = True
        self.sandbox.logbook.request(
            real_at=self.real_at,
            client_id=self.client_id,
            region=self.region,
            method=self.method,
            path=self.path,
            status=status,
            fault=self.fault,
            request_id=self.request_id,
        )


class Front:
    """See the module."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        """Wrap an application."""
        self._app, self._sandbox, self._real = app, sandbox, SystemClock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the module."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        _take_region(scope)
        path = str(scope["path"])
        scope["amc_request_id"] = mint_request_id()
        if path.startswith("/_local") and foreign(scope):
            refusal = errors.answer(path, WireError(403, _FOREIGN), scope["amc_request_id"])
            await refusal(scope, receive, self._stamped(scope, send, None))
            return
        if path in ("/", "/favicon.ico") or path.startswith(_OURS):
            await self._app(scope, receive, self._stamped(scope, send, None))
            return
        await self._amazon(scope, receive, send, path)

    async def _amazon(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        headers = Headers(scope=scope)
        entry = _Entry(
            self._sandbox,
            real_at=self._real.now().timestamp(),
            client_id=headers.get("amazon-advertising-api-clientid", ""),
            region=self._sandbox.directory.region_of_request(scope.get("amc_region"), headers),
            method=scope["method"],
            path=path,
            request_id=scope["amc_request_id"],
        )
        try:
            await self._guarded(scope, receive, self._stamped(scope, send, entry), entry)
        finally:
            entry.write(0)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send, entry: _Entry) -> None:
        path = entry.path
        early = self._refusal(scope, path, entry.client_id, entry.region)
        if early is not None:
            await early(scope, receive, send)
            return
        found = _INSTANCE.match(path)
        fault = self._sandbox.faults.strike(
            *REQUEST_KINDS,
            route=f"{scope['method']} {path}",
            instance=found.group(1) if found else "",
            client=entry.client_id,
        )
        _tolerate(scope)
        strict_types.set(self._sandbox.options.strict_types)
        if fault is None:
            await self._app(scope, receive, send)
            return
        entry.fault = fault.kind
        await self._faulty(scope, receive, send, fault, entry)

    def _refusal(self, scope: Scope, path: str, client: str, region: str) -> Response | None:
        options = self._sandbox.options
        request_id = scope["amc_request_id"]
        limited = not path.startswith(("/auth/", "/ap/", "/user/"))
        if limited and not self._sandbox.rate_limit.admit(client, region):
            wait = options.retry_after_s
            headers = {} if wait is None else {"Retry-After": str(wait)}
            return errors.answer(
                path, WireError(429, "Too Many Requests", headers=headers), request_id
            )
        kind = Headers(scope=scope).get("content-type", "application/json")
        if options.strict_media_types and limited and "json" not in kind:
            return errors.answer(path, WireError(415, "Unsupported Media Type"), request_id)
        return None

    async def _faulty(
        self, scope: Scope, receive: Receive, send: Send, fault: Fault, entry: _Entry
    ) -> None:
        if fault.kind == "timeout_before":
            await asyncio.sleep(fault.seconds)
            entry.write(0)
            await drop(scope)
        elif fault.kind == "lost_answer":
            await self._app(scope, receive, _nowhere)
            await asyncio.sleep(fault.seconds)
            entry.write(0)
            await drop(scope)
        elif fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            await self._app(scope, receive, send)
        elif fault.kind in MARKS:
            scope[MARKS[fault.kind]] = True
            await self._app(scope, receive, send)
        else:
            answer = fault_answer(self._sandbox, scope, entry.path, fault)
            await answer(scope, receive, send)

    def _stamped(self, scope: Scope, send: Send, entry: _Entry | None) -> Send:
        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                if entry is not None:
                    entry.write(message["status"])
                headers = MutableHeaders(scope=message)
                headers["x-amz-rid"] = scope["amc_request_id"]
                headers["x-amzn-RequestId"] = scope["amc_request_id"]
                now = self._sandbox.clock.now()
                headers["Date"] = email.utils.format_datetime(now, usegmt=True)
            await send(message)

        return stamped


async def _nowhere(_message: Message) -> None:
    """An answer that nobody gets."""


def _take_region(scope: Scope) -> None:
    """`/eu/amc/…` is the EU host's `/amc/…`: one server stands for the hosts of all regions."""
    head, _, rest = str(scope["path"])[1:].partition("/")
    if head in _REGIONS and rest:
        scope["amc_region"] = _REGIONS[head]
        scope["path"] = "/" + rest
        scope["raw_path"] = scope["path"].encode()


def _tolerate(scope: Scope) -> None:
    """Empty query values are absent; a body is JSON whatever its Content-Type says."""
    query = scope["query_string"].decode("latin-1")
    if query:
        kept = [(name, value) for name, value in parse_qsl(query) if value]
        scope["query_string"] = urlencode(kept).encode()
    if str(scope["path"]).startswith(("/auth/", "/ap/")):
        return
    scope["amc_content_type"] = Headers(scope=scope).get("content-type", "")
    headers = [pair for pair in scope["headers"] if pair[0] != b"content-type"]
    scope["headers"] = [*headers, (b"content-type", b"application/json")]
