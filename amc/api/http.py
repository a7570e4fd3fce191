"""The one place that sends.

Nothing leaves but to a host of the allow-list, without redirects, cookies or the environment's
proxies, with a time-out on every wait and a limit on every answer; each call leaves one log line.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import LocationParseError

from amc import __version__
from amc.api.answers import Answer, read_answer, request_id_of
from amc.api.call import Call, check_no_id_of_ours
from amc.api.mishaps import FOREIGN, translate
from amc.api.retry import Effect, Quota, http_date
from amc.api.way import Way
from amc.clock import Clock, SystemClock
from amc.errors import (
    AmcError,
    ApiError,
    SettingsError,
    TransportError,
    UnreadableAnswerError,
    UsageError,
)
from amc.log import get_logger

log = get_logger(__name__)

# The largest answers are lists of data sources: some MB.
LARGEST_ANSWER_BYTES = 64 * 1024 * 1024
_PIECE_BYTES = 64 * 1024
# A whole answer may take this many read time-outs, however slowly it drips.
_TOTAL_READS = 3


class Transport:
    """Sends calls. One for a process; any number of threads may use it."""

    def __init__(
        self,
        *,
        allowed_hosts: frozenset[str],
        connect_timeout_s: float,
        read_timeout_s: float,
        clock: Clock | None = None,
        pace: Clock | None = None,
        trust_env: bool = False,
    ) -> None:
        """Keep the limits.

        Args:
            allowed_hosts: `host` or `host:port` as in the URLs of the settings.
            connect_timeout_s: to open a connection.
            read_timeout_s: without a byte of the answer.
            clock: the product's time, for dates in answers that carry none of their own.
            pace: real seconds, for time-outs.
            trust_env: obey the environment's proxy and certificate variables.
        """
        self.hosts = allowed_hosts
        self.quota, self.way = Quota(), Way()
        self._connect_s, self._read_s = connect_timeout_s, read_timeout_s
        self._clock, self._pacer = clock or SystemClock(), pace or SystemClock()
        self._trust_env = trust_env
        self._sessions: dict[str, requests.Session] = {}
        self._lock = threading.Lock()
        self.skew_s: float | None = None
        """How far our clock is ahead of the other side's, by the last answer's `Date`."""

    def send(self, call: Call, *, read_timeout_s: float | None = None, attempt: int = 1) -> Answer:
        """Send once and read the whole answer.

        Raises:
            ApiError: the typed error for everything that is no success.
            UsageError, SettingsError: the call must not or cannot be sent.
        """
        started, status, request_id, outcome = self._pacer.monotonic(), 0, "", "ok"
        try:
            self.check_host(call.base)
            check_no_id_of_ours(call)
            with self.open(call, read_timeout_s=read_timeout_s) as (response, headers):
                status, request_id = response.status_code, request_id_of(headers)
                deadline = started + _TOTAL_READS * (read_timeout_s or self._read_s)
                body = self._body(response, call, deadline)
            dated = http_date(headers.get("date"))
            if dated is not None:
                self.skew_s = (self._clock.now() - dated).total_seconds()
            return read_answer(status, headers, body, now=self._clock.now())
        except AmcError as exc:
            outcome = type(exc).__name__
            if isinstance(exc, ApiError):
                request_id = exc.request_id or request_id
                exc.request_id = request_id
                if isinstance(exc, UnreadableAnswerError) and status:
                    exc.status = status
            raise
        finally:
            log.info(
                "call",
                action=f"amazon.{call.action}",
                method=call.method,
                path=call.template,
                host=call.host,
                instance=call.instance or None,
                status=status or None,
                outcome=outcome,
                attempt=attempt,
                duration_s=round(self._pacer.monotonic() - started, 3),
                request_id=request_id or None,
            )

    @contextmanager
    def open(
        self, call: Call, *, url: str | None = None, read_timeout_s: float | None = None
    ) -> Iterator[tuple[requests.Response, dict[str, str]]]:
        """Send and hand over the open answer with its headers (lower-case names).

        The host must have been checked. `url` is an address to be sent byte for byte.
        """
        host = call.host
        read_s = read_timeout_s or self._read_s
        response = None
        session = self._session(call)
        try:
            prepared = self._prepare(session, call, url)
            response = session.send(
                prepared,
                stream=True,
                allow_redirects=False,
                timeout=(self._connect_s, read_s),
                proxies=self._proxies(prepared),
            )
            headers = {k.lower(): _latin(v) for k, v in response.headers.items()}
            yield response, headers
        except AmcError:
            raise
        except FOREIGN as exc:
            after = f" ({self._connect_s:g} s to connect, {read_s:g} s to answer)"
            found = translate(exc, host=host, timed_out_after=after)
            # The libraries put the address into their texts: a signed one must not get to a log.
            raise found from (None if url is not None else exc)
        finally:
            if response is not None:
                response.close()
            if call.effect is Effect.CREATE:
                session.close()

    def check_host(self, base: str) -> None:
        """Refuse hosts that are not on the allow-list.

        Raises:
            SettingsError: this host is not one of the configured URLs.
        """
        if base.partition("//")[2].lower() not in self.hosts:
            raise SettingsError(
                f"{base} is none of the hosts that requests may go to.",
                hint="They follow from AMC_API_URL, AMC_LWA_URL and their regional siblings.",
            )

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for session in self._sessions.values():
                session.close()
            self._sessions.clear()

    def _prepare(
        self, session: requests.Session, call: Call, url: str | None
    ) -> requests.PreparedRequest:
        headers = {"User-Agent": f"amc-manager/{__version__}", **call.headers}
        if call.effect is Effect.CREATE:
            headers["Connection"] = "close"
        try:
            request = requests.Request(
                call.method, url or call.url, headers=headers, data=call.payload()
            )
            prepared = session.prepare_request(request)
            # The library below sends Latin-1 and finds out too late.
            for name, value in prepared.headers.items():
                f"{name}: {value}".encode("latin-1")
        except (requests.RequestException, ValueError, TypeError, LocationParseError) as exc:
            raise UsageError(
                f"The call {call.action} cannot be sent: {type(exc).__name__} in its address, "
                "headers or values.",
                hint="Check the URL settings and the client id for stray signs.",
            ) from exc
        if url is not None:
            prepared.url = url  # a signature covers it as it stands
        return prepared

    def _proxies(self, prepared: requests.PreparedRequest) -> dict[str, str]:
        if not self._trust_env:
            return {}
        return dict(requests.utils.get_environ_proxies(prepared.url or ""))

    def _session(self, call: Call) -> requests.Session:
        # What creates something never travels on a used connection: if the server closes that
        # one in the same moment, nobody could say whether the request arrived.
        if call.effect is Effect.CREATE:
            return self._new_session()
        with self._lock:
            found = self._sessions.get(call.base)
            if found is None:
                found = self._sessions[call.base] = self._new_session()
            return found

    def _new_session(self) -> requests.Session:
        made = requests.Session()
        made.trust_env = self._trust_env
        made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # Retries are the business of `retry.py` alone.
        adapter = HTTPAdapter(pool_connections=2, pool_maxsize=32, max_retries=0)
        made.mount("https://", adapter)
        made.mount("http://", adapter)
        return made

    def _body(self, response: requests.Response, call: Call, deadline: float) -> bytes:
        body = bytearray()
        for piece in pieces(response, decode=True):
            body += piece
            if len(body) > LARGEST_ANSWER_BYTES:
                raise UnreadableAnswerError("Amazon's answer is larger than any answer can be.")
            if self._pacer.monotonic() > deadline:
                host = call.host
                raise TransportError(f"The answer of {host} came too slowly.", sent=True)
        return bytes(body)


def pieces(response: requests.Response, *, decode: bool) -> Iterator[bytes]:
    """The body as it arrives; never waits for a full piece."""
    while True:
        piece = response.raw.read1(_PIECE_BYTES, decode_content=decode)
        if not piece:
            return
        yield piece


def _latin(value: str) -> str:
    return value if value.isprintable() else "".join(c for c in value if c.isprintable())
